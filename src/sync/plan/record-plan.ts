import type { LabelPolicy, MappingRow } from '../../connectors/flow-definition.ts'
import type { Around } from '../../flows/around.ts'
import type { Field, FieldValue, FieldValues } from '../../lib/field.ts'
import type { Consent, SideWrite, SyncRecord } from '../sides/side.ts'

export type SideName = 'highlevel' | 'partner'

export const otherSide = (side: SideName): SideName => (side === 'highlevel' ? 'partner' : 'highlevel')

/** What both sides held when they were last in step. Labels by their keys: those that both sides have from each other. */
export type Base = {
  highlevel: FieldValues
  partner: FieldValues
  labels: string[]
  /** By the partner's field: whom the owner said to be right, when both sides had changed it. */
  decided?: Record<string, SideName>
  /** Absent where it was not read. */
  consent: Partial<Record<SideName, Consent>>
}

export const NO_BASE: Base = { highlevel: {}, partner: {}, labels: [], consent: {} }

/** What travels one way. */
export type Direction = {
  rows: readonly MappingRow[]
  consent: boolean
  labels: LabelPolicy
  creates: boolean
  /** What else rows may be set from: `event.<key>`. */
  extras: FieldValues
}

export type Fields = ReadonlyMap<string, Field>

export type PlanInput = {
  /** As read just now; absent where there is none yet. */
  highlevel?: SyncRecord | undefined
  partner?: SyncRecord | undefined
  base?: Base | undefined
  /** By the side that is written. At least one. */
  directions: { partner?: Direction | undefined; highlevel?: Direction | undefined }
  fields: Record<SideName, Fields>
  /** Sides on which a value can be emptied. */
  erases: Record<SideName, boolean>
  around: Around
}

/** Why a value is written. */
export type Why =
  | 'first_time' // the record is new there, or the field had never been in step
  | 'changed' // on the other side, since they were last in step
  | 'later' // both changed it; the other side did so later
  | 'rule' // both changed it; the rule of the flow says who is right
  | 'merged' // both changed it; what either added or removed
  | 'stricter' // who must not be reached on one side must not be on the other
  | 'label'
  | 'decided' // by the owner
  | 'undone'

export type PlannedChange = {
  side: SideName
  field: string
  before: FieldValue | undefined
  after: FieldValue
  why: Why
}

/** Both changed it, and the owner is to say who is right. */
export type Dispute = {
  partnerField: string
  highLevelField: string | null
  partnerValue: FieldValue
  highLevelValue: FieldValue
}

/**
 * What is not written although it was to be: a value that cannot be right, or one that is empty now and cannot be emptied
 * there. Without the value, which may be anybody's.
 */
export type Problem = { kind: 'wrong' | 'not_emptied'; target: string; source: string }

export type RecordPlan = {
  writes: Record<SideName, SideWrite>
  changes: PlannedChange[]
  disputes: Dispute[]
  problems: Problem[]
  /** What both sides agree on once all of it is written. */
  base: Base
}

export const isNothing = ({ fields, labels, consent }: SideWrite): boolean =>
  Object.keys(fields).length === 0 &&
  labels.add.length === 0 &&
  labels.remove.length === 0 &&
  Object.keys(consent).length === 0
