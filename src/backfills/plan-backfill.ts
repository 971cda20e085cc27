import type { Actor } from '../audit/audit-entry.ts'
import { recordAudit } from '../audit/audit-store.ts'
import type { Database } from '../db/database.ts'
import { findStartedFlow } from '../flows/flow-store.ts'
import type { Enqueue } from '../jobs/queue.ts'
import type { Clock } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { newId } from '../lib/ids.ts'
import { insertBackfill } from './backfill-store.ts'
import { syncStepOf } from './sync-step-of.ts'

export type AskDeps = { database: Database; enqueue: Enqueue; now: Clock }

/** Objects whose records can be brought over. */
const OBJECT = 'contact'

/** A backfill of this flow begins with its plan: nothing is written by that. The backfill's id. */
export async function planBackfill(
  deps: AskDeps,
  { tenantId, flowId, actor }: { tenantId: string; flowId: string; actor: Actor },
): Promise<string> {
  const at = new Date(deps.now())
  const id = newId()
  await deps.database.asTenant(tenantId, async (db) => {
    const flow = await findStartedFlow(db, flowId)
    if (!flow) throw new AppError('not_found')
    const found = syncStepOf(flow.definition, OBJECT)
    if (!found) throw new AppError('invalid_input', { detail: NOTHING_TO_IMPORT })
    const { connectionId, mappingVersion } = flow
    const { source } = found
    const asked = { id, flowId, connectionId, mappingVersion, object: OBJECT, source, askedBy: actor.id }
    await insertBackfill(db, asked, at)
    const details = { flow: flowId, source, mappingVersion }
    await recordAudit(db, { action: 'backfill.planned', actor, target: `backfill/${id}`, details, at: at.getTime() })
    await deps.enqueue(db, 'work-backfill', { tenantId, backfillId: id }, { key: id })
  })
  return id
}

const NOTHING_TO_IMPORT = 'This flow does not keep contacts in step, so there is nothing to import.'
