import type { FlowStep } from '../connectors/flow-definition.ts'
import type { TenantDb } from '../db/database.ts'
import { meets } from '../flows/conditions/meets.ts'
import type { StartedFlow } from '../flows/flow-store.ts'
import type { FieldValues } from '../lib/field.ts'
import type { FlowEvent } from './flow-event.ts'
import { keepMember, wasMember } from './member-store.ts'
import type { RunContext } from './run-context.ts'
import type { SyncRecord } from './sides/side.ts'
import { tellsOfChange } from './tells-of-change.ts'

/** Which steps an event leads to; a sentence where there are none. */
export type Passage = { steps: FlowStep[]; reason: string | null }

/**
 * A flow that waits for changes does what it is told once when a record comes to meet its conditions, and once when it meets
 * them no longer; what is kept in step is kept in step as long as it does. A flow that waits for something that happens does
 * so each time.
 */
export async function membershipOf(
  db: TenantDb,
  event: FlowEvent,
  { id: flowId, definition }: StartedFlow,
  record: SyncRecord,
  ctx: RunContext,
  now: number,
): Promise<Passage> {
  const { conditions, enter, leave, trigger } = definition
  if (!conditions) return { steps: enter, reason: null }
  const around = { ...ctx.around, now, ...before(event) }
  const isMet = meets(conditions, factsOf(record, ctx.extras), around)
  if (!tellsOfChange(trigger)) return isMet ? { steps: enter, reason: null } : NOT_MET
  const place = { flowId, recordId: record.id }
  const wasIn = await wasMember(db, place, ctx.runId)
  if (wasIn !== isMet) await keepMember(db, place, { isIn: isMet, runId: ctx.runId, at: new Date(now) })
  if (isMet) return { steps: wasIn ? enter.filter(({ kind }) => kind === 'sync') : enter, reason: null }
  return wasIn && leave.length > 0 ? { steps: leave, reason: null } : NOT_MET
}

const NOT_MET: Passage = { steps: [], reason: 'The conditions of the flow are not met.' }

/** What conditions and mappings read: the record's fields, its tags, and what the event says. */
export const factsOf = ({ fields, labels }: SyncRecord, extras: FieldValues): FieldValues => ({
  ...fields,
  ...(labels && { tags: labels }),
  ...extras,
})

/** What an event says of the time before it. */
function before({ changes }: FlowEvent): { before?: FieldValues } {
  const tags = changes?.tags
  if (!tags || tags.before === 'unknown') return {}
  const { now, added, removed } = tags
  return { before: { tags: [...now.filter((tag) => !added.includes(tag)), ...removed] } }
}
