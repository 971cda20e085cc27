import type { FieldValue, FieldValues } from '../lib/field.ts'
import type { Transform } from './transform.ts'

/** What an owner set up, as one version of a flow is stored. Templates are ready-made ones. */
export type FlowDefinition = {
  /** `highlevel.contact_changed`, `activetrail.campaign_opened`: the side, and the key of its trigger. */
  trigger: string
  /** What the trigger wants to know, by the keys of its option fields: which campaign, which group. */
  options: FieldValues
  /** Which records it is for; null for all. */
  conditions: ConditionGroup | null
  /** What is done when a record meets the conditions. */
  enter: FlowStep[]
  /** What is done when a record that met them meets them no longer. */
  leave: FlowStep[]
  /** What a deletion on the trigger's side does to the record it is linked to. */
  onDelete: DeleteRule
}

export type DeleteRule = { kind: 'nothing' } | { kind: 'tag'; tag: string } | { kind: 'archive' } | { kind: 'delete' }

export type FlowStep = SyncStep | OperationStep

type AnyStep = {
  /** Unique in the flow; later steps name its result by it: `steps.<id>.id`. */
  id: string
  branches: Branch[]
}

/**
 * The record is linked to its counterpart on the other side and kept in step with it. Two flows of one connection, one in
 * each direction, that sync the same object are a pair: what both changed is merged by the rows' policies.
 */
export type SyncStep = AnyStep & {
  kind: 'sync'
  /** The object's key on the partner's side; on the platform's it is the one of the same key. */
  object: string
  rows: MappingRow[]
  /** Do-not-disturb and opt-outs travel too; only ever stricter. */
  consent: boolean
  /** Tags and the partner's labels: added and removed ones travel, what is there otherwise stays. */
  labels: LabelPolicy
  /** False: a record without a counterpart there is left alone. */
  creates: boolean
}

/** `all`, or tags that begin like one of these. */
export type LabelPolicy = { kind: 'none' } | { kind: 'all' } | { kind: 'prefixed'; prefixes: string[] }

/** One operation of the catalog is run: `activetrail.add_to_group`, `highlevel.create_task`. Rows set its input. */
export type OperationStep = AnyStep & { kind: 'operation'; operation: string; rows: MappingRow[] }

/** Steps that follow a result. A failure without a branch of its own ends the flow. */
export type Branch = { on: 'succeeded' | 'unchanged' | 'declined' | 'failed'; steps: FlowStep[] }

/**
 * One rule of a mapping: the target field is set from the source, through the transforms in order. Sources are fields of the
 * record the event is about (`email`, `customFields.<id>`), of what the event says (`event.<key>`), and of results
 * (`steps.<id>.<key>`).
 */
export type MappingRow = {
  target: string
  source: MappingSource
  transforms: Transform[]
  /** A source that is empty leaves the target as it is, or empties it. */
  whenBlank: 'keep' | 'erase'
  /** Who is right when both sides changed it. Only where a record is kept in step. */
  policy: ConflictPolicy
}

export type MappingSource =
  | { kind: 'field'; field: string }
  | { kind: 'fields'; fields: string[]; separator: string }
  | { kind: 'constant'; value: FieldValue }
  /** Liquid. */
  | { kind: 'template'; template: string }

/**
 * `last_writer`: the side that changed later, with a tolerance for clocks; where that cannot be told, the platform.
 * `merge`: of lists, what either side added or removed; of anything else as `last_writer`. `ask`: the owner decides, and the
 * field waits.
 */
export type ConflictPolicy = 'last_writer' | 'highlevel' | 'partner' | 'merge' | 'ask'

/** `and`: all of them; `or`: at least one. A group without conditions is met. */
export type ConditionGroup = { match: 'and' | 'or'; conditions: (Condition | ConditionGroup)[] }

export type Condition = { field: string; operator: ConditionOperator; value: FieldValue }

export type ConditionOperator =
  | 'is'
  | 'is_not'
  | 'contains'
  | 'does_not_contain'
  | 'starts_with'
  | 'ends_with'
  | 'is_one_of'
  | 'is_none_of'
  | 'is_empty'
  | 'is_filled'
  | 'is_more_than'
  | 'is_less_than'
  | 'is_before' // a day or a moment; without a value: now
  | 'is_after'
  | 'is_within_days' // of now, before or after
  | 'is_in_next_days' // today among them
  | 'is_in_past_days'
  | 'has_any_of'
  | 'has_all_of'
  | 'has_none_of'
  | 'was_added' // to a list, by this event
  | 'was_removed'
  | 'has_changed' // by this event
