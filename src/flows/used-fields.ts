import type { Connector } from '../connectors/connector.ts'
import type { ConditionGroup, FlowDefinition, FlowStep, MappingRow } from '../connectors/flow-definition.ts'
import { withBranches } from './changed-parts.ts'
import { sourcesOf } from './mapping/sources-of.ts'
import { PLATFORM, platformObjectOf } from './platform-objects.ts'

/** A field of a record that a flow reads or writes. */
export type UsedField = { side: 'highlevel' | 'partner'; object: string; field: string; use: 'read' | 'written' }

/** Which fields of records a flow uses. What an event says by itself, and results of steps, are none. */
export function usedFields(definition: FlowDefinition, connector: Connector): UsedField[] {
  const from = sourceOf(definition, connector)
  const steps = [...definition.enter, ...definition.leave].flatMap(withBranches)
  const read = [...conditionFields(definition.conditions), ...steps.flatMap(({ rows }) => rows.flatMap(sourcesOf))]
  const used = [
    ...(from ? read.filter(isOfRecord).map((field): UsedField => ({ ...from, field, use: 'read' })) : []),
    ...steps.flatMap((step) => writtenBy(step, from?.side ?? 'highlevel', connector)),
  ]
  return [...new Map(used.map((one) => [Object.values(one).join('\n'), one])).values()]
}

type Place = Pick<UsedField, 'side' | 'object'>

/** The record that the flow starts with; undefined where its trigger is not known (any more). */
function sourceOf({ trigger }: FlowDefinition, { key, triggers, inbound }: Connector): Place | undefined {
  if (trigger.startsWith(PLATFORM)) return { side: 'highlevel', object: platformObjectOf(trigger) }
  const all = [...triggers, ...(inbound?.triggers ?? [])]
  const found = all.find((one) => `${key}.${one.key}` === trigger)
  return found && { side: 'partner', object: found.object }
}

const isOfRecord = (field: string): boolean => !/^(event|steps)\./.test(field)

function conditionFields(group: ConditionGroup | null): string[] {
  return (group?.conditions ?? []).flatMap((one) => ('match' in one ? conditionFields(one) : [one.field]))
}

/** An operation's own input is no field of a record, unless the action takes those of its object. */
function writtenBy(step: FlowStep, from: UsedField['side'], connector: Connector): UsedField[] {
  if (step.kind === 'sync') {
    return targetsOf(step.rows, { side: from === 'highlevel' ? 'partner' : 'highlevel', object: step.object })
  }
  const action = connector.actions.find(({ key }) => `${connector.key}.${key}` === step.operation)
  return action && !action.fields ? targetsOf(step.rows, { side: 'partner', object: action.object }) : []
}

const targetsOf = (rows: readonly MappingRow[], place: Place): UsedField[] =>
  rows.map(({ target }) => ({ ...place, field: target, use: 'written' }))
