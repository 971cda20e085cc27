import { type OpenConnection, refuseOvertaken } from '../connections/open-connection.ts'
import { Overtaken } from '../connections/overtaken.ts'
import type { ActionResult } from '../connectors/connector.ts'
import { getAction } from '../connectors/get-action.ts'
import type { Database, TenantDb } from '../db/database.ts'
import type { Clock } from '../lib/clock.ts'
import { isTrouble, Trouble } from '../lib/trouble.ts'
import { maskRecord } from './mask.ts'
import { recordStep } from './run-store.ts'
import { sentences } from './sentences.ts'

export type Step = {
  action: string
  input: object
  /** What the owner should know of the input. One sentence. */
  note?: string | null
  /** See `ConnectorContext.claim`. */
  claim?(partnerId: string): Promise<void>
  /**
   * Stores what the result teaches in the same transaction, so that a run taken up again plans from what was really done.
   */
  keep(db: TenantDb, result: ActionResult): Promise<void>
}

/** Runs the steps of one run, one after another. */
export type StepRunner = {
  deps: { database: Database; now: Clock }
  tenantId: string
  runId: string
  open: OpenConnection
  /** Calls one action and records the step. */
  run(step: Step): Promise<ActionResult>
}

export function createStepRunner(
  deps: StepRunner['deps'],
  about: { tenantId: string; runId: string; open: OpenConnection },
): StepRunner {
  const { tenantId, runId, open } = about
  const run: StepRunner['run'] = async (step) => {
    const begun = {
      runId,
      action: step.action,
      sent: maskRecord(step.input as Record<string, unknown>),
      startedAt: new Date(deps.now()),
    }
    const record = (db: TenantDb, ended: Ended) =>
      recordStep(db, { ...begun, ...ended, finishedAt: new Date(deps.now()) })
    try {
      const result = await callAction(open, step)
      await deps.database.asTenant(tenantId, async (db) => {
        await refuseOvertaken(db, open)
        await step.keep(db, result)
        const reason = sentences(result.note, step.note)
        await record(db, { outcome: outcomeOf(result), reason, partnerId: result.id })
      })
      return result
    } catch (error) {
      if (isTrouble(error) || error instanceof Overtaken)
        await deps.database.asTenant(tenantId, (db) => record(db, failed(error)))
      throw error
    }
  }
  return { deps, tenantId, runId, open, run }
}

type Ended = {
  outcome: 'succeeded' | 'unchanged' | 'declined' | 'failed'
  reason: string | null
  partnerId: string | null
}

const failed = ({ message }: Error): Ended => ({ outcome: 'failed', reason: message, partnerId: null })

async function callAction({ connector, context }: OpenConnection, step: Step): Promise<ActionResult> {
  const action = getAction(connector, step.action)
  const parsed = action.input.safeParse(step.input)
  if (!parsed.success)
    throw new Trouble('rejected', { detail: parsed.error.issues.map(({ message }) => message).join(' ') })
  return action.run({ ...context, ...(step.claim && { claim: step.claim }) }, parsed.data)
}

const outcomeOf = ({ effect }: ActionResult): Ended['outcome'] =>
  effect === 'declined' || effect === 'unchanged' ? effect : 'succeeded'
