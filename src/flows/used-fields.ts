import { PLATFORM_ACTIONS } from '../catalog/platform-actions.ts'
import type { Connector } from '../connectors/connector.ts'
import type { ConditionGroup, FlowDefinition, FlowStep, MappingRow } from '../connectors/flow-definition.ts'
import type { Field } from '../lib/field.ts'
import { withBranches } from './changed-parts.ts'
import { sourcesOf } from './mapping/sources-of.ts'
import { PLATFORM_TRIGGERS } from './platform-triggers.ts'

/** A field of a record that a flow reads or writes. */
export type UsedField = { side: 'highlevel' | 'partner'; object: string; field: string; use: 'read' | 'written' }

/** Which fields of records a flow uses. What an event says by itself, and results of steps, are none. */
export function usedFields(definition: FlowDefinition, connector: Connector): UsedField[] {
  const from = sourceOf(definition, connector)
  const steps = [...definition.enter, ...definition.leave].flatMap(withBranches)
  const names = [...conditionFields(definition.conditions), ...steps.flatMap(({ rows }) => rows.flatMap(sourcesOf))]
  const used = [
    ...names.flatMap((name) => readAt(name, from) ?? []),
    ...steps.flatMap((step) => writtenBy(step, from?.side ?? 'highlevel', connector)),
  ]
  return [...new Map(used.map((one) => [Object.values(one).join('\n'), one])).values()]
}

export type Place = Pick<UsedField, 'side' | 'object'>

/** Kinds of records whose fields a flow uses, each once. */
export function placesOf(definition: FlowDefinition, connector: Connector): Place[] {
  const from = sourceOf(definition, connector)
  const used = usedFields(definition, connector).map(({ side, object }) => ({ side, object }))
  return [...new Map([...(from ? [from] : []), ...used].map((one) => [`${one.side}/${one.object}`, one])).values()]
}

/** The record that the flow starts with; undefined where its trigger is not known (any more). */
function sourceOf({ trigger }: FlowDefinition, { key, triggers, inbound }: Connector): Place | undefined {
  const here = PLATFORM_TRIGGERS.find((one) => one.key === trigger)
  if (here) return { side: 'highlevel', object: here.object }
  const found = [...triggers, ...(inbound?.triggers ?? [])].find((one) => `${key}.${one.key}` === trigger)
  return found && { side: 'partner', object: found.object }
}

/** By the names that rows and conditions read by (validation/readable-fields.ts). */
function readAt(name: string, from: Place | undefined): UsedField | undefined {
  const [, prefix, rest = ''] = /^(event|steps|contact|partner)\.(.+)$/s.exec(name) ?? []
  if (prefix === 'contact') return { side: 'highlevel', object: 'contact', field: rest, use: 'read' }
  if (prefix === 'partner') return { side: 'partner', object: 'contact', field: rest, use: 'read' }
  return prefix || !from ? undefined : { ...from, field: name, use: 'read' }
}

function conditionFields(group: ConditionGroup | null): string[] {
  return (group?.conditions ?? []).flatMap((one) => ('match' in one ? conditionFields(one) : [one.field]))
}

/** An operation's own input is no field of a record, unless the action takes those of its object, or of this account. */
function writtenBy(step: FlowStep, from: UsedField['side'], connector: Connector): UsedField[] {
  if (step.kind === 'sync') {
    return targetsOf(step.rows, { side: from === 'highlevel' ? 'partner' : 'highlevel', object: step.object })
  }
  const here = PLATFORM_ACTIONS.find(({ key }) => `highlevel.${key}` === step.operation)
  if (here?.takesOwnFields)
    return targetsOf(ownRows(step.rows, here.fields), { side: 'highlevel', object: here.object })
  const action = connector.actions.find(({ key }) => `${connector.key}.${key}` === step.operation)
  return action && !action.fields ? targetsOf(step.rows, { side: 'partner', object: action.object }) : []
}

const ownRows = (rows: readonly MappingRow[], fields: readonly Field[]): MappingRow[] =>
  rows.filter(({ target }) => !fields.some(({ key }) => key === target))

const targetsOf = (rows: readonly MappingRow[], place: Place): UsedField[] =>
  rows.map(({ target }) => ({ ...place, field: target, use: 'written' }))
