import { getConnection } from '../connections/connection-store.ts'
import type { OpenConnection } from '../connections/open-connection.ts'
import type { ActionResult } from '../connectors/connector.ts'
import type { Database, TenantDb } from '../db/database.ts'
import type { Clock } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { isTrouble, Trouble } from '../lib/trouble.ts'
import { maskRecord } from './mask.ts'
import { recordStep } from './run-store.ts'

/** Runs the steps of one run, one after another. */
export type StepRunner = {
  deps: { database: Database; now: Clock }
  tenantId: string
  open: OpenConnection
  /**
   * Calls one action and records the step. `keep` stores what the result teaches in the same transaction, so that a run
   * taken up again plans from what was really done.
   */
  run(action: string, input: object, keep: (db: TenantDb, result: ActionResult) => Promise<void>): Promise<ActionResult>
}

export function createStepRunner(
  deps: StepRunner['deps'],
  about: { tenantId: string; runId: string; open: OpenConnection },
): StepRunner {
  const { tenantId, runId, open } = about
  const run: StepRunner['run'] = async (key, input, keep) => {
    const step = {
      runId,
      action: key,
      sent: maskRecord(input as Record<string, unknown>),
      startedAt: new Date(deps.now()),
    }
    try {
      const result = await callAction(open, key, input)
      await deps.database.asTenant(tenantId, async (db) => {
        await refuseOvertaken(db, open)
        await keep(db, result)
        const reason = result.note ?? null
        const finishedAt = new Date(deps.now())
        await recordStep(db, { ...step, outcome: outcomeOf(result), reason, partnerId: result.id, finishedAt })
      })
      return result
    } catch (error) {
      if (isTrouble(error)) await recordFailure(error)
      throw error
    }
    async function recordFailure(trouble: Trouble): Promise<void> {
      const failed = { outcome: 'failed', reason: trouble.message, partnerId: null } as const
      await deps.database.asTenant(tenantId, (db) =>
        recordStep(db, { ...step, ...failed, finishedAt: new Date(deps.now()) }),
      )
    }
  }
  return { deps, tenantId, open, run }
}

async function callAction(open: OpenConnection, key: string, input: object): Promise<ActionResult> {
  const action = open.connector.actions.find((candidate) => candidate.key === key)
  if (!action) throw new AppError('not_found', { detail: `${open.connector.name} has no action "${key}".` })
  const parsed = action.input.safeParse(input)
  if (!parsed.success)
    throw new Trouble('rejected', { detail: parsed.error.issues.map(({ message }) => message).join(' ') })
  return action.run(open.context, parsed.data)
}

/** Work begun before the connection was removed, or its credentials were erased, leaves nothing behind. */
async function refuseOvertaken(db: TenantDb, open: OpenConnection): Promise<void> {
  const now = await getConnection(db, open.connection.id)
  if (now.generation !== open.connection.generation) throw new AppError('conflict')
}

const outcomeOf = ({ effect }: ActionResult): 'succeeded' | 'unchanged' | 'declined' =>
  effect === 'declined' || effect === 'unchanged' ? effect : 'succeeded'
