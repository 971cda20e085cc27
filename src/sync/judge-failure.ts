import type { OpenConnection } from '../connections/open-connection.ts'
import { Overtaken } from '../connections/overtaken.ts'
import { stopConnection } from '../connections/stop-connection.ts'
import { isRefusal } from '../highlevel/refusal.ts'
import { isAppError } from '../lib/errors.ts'
import { isTrouble, type Trouble } from '../lib/trouble.ts'
import type { FlowResult } from './flow-result.ts'
import type { RunOutcome } from './run-store.ts'
import type { SyncDeps } from './sync-deps.ts'
import type { Closing } from './under-run.ts'

type Judgement = { closing: Closing; result: FlowResult }

const judgement = (outcome: RunOutcome, reason: string, result: FlowResult = { state: 'finished' }): Judgement => ({
  closing: { outcome, reason },
  result,
})

/** What becomes of a run that did not succeed, and of the event. */
export async function judgeFailure(
  deps: SyncDeps,
  tenantId: string,
  open: OpenConnection | undefined,
  error: unknown,
): Promise<Judgement> {
  if (error instanceof Overtaken) return overtaken(error)
  if (isTrouble(error)) return judgeTrouble(deps, tenantId, open, error)
  if (isAppError(error)) return judgement('failed', error.message)
  return judgement('retrying', 'Something went wrong on our side. It will be tried again.', { state: 'later', error })
}

function overtaken(error: Overtaken): Judgement {
  if (error.by === 'removed') return judgement('skipped', error.message)
  if (error.by === 'renewed') return judgement('retrying', error.message, { state: 'later', error })
  return judgement('retrying', error.message, { state: 'waiting', reason: 'credentials_needed' })
}

async function judgeTrouble(
  deps: SyncDeps,
  tenantId: string,
  open: OpenConnection | undefined,
  trouble: Trouble,
): Promise<Judgement> {
  // The whole event waits for the scope, and its other flows with it.
  // An answer that cannot be read may be somebody's on the way: it is asked for a few times more.
  if (trouble.heals || trouble.code === 'unexpected_answer' || isRefusal(trouble, 'scope_missing'))
    return judgement('retrying', trouble.message, { state: 'later', error: trouble })
  if (trouble.code !== 'credentials_refused' || !open) return judgement('failed', trouble.message)
  if (await stopConnection(deps, tenantId, open, trouble)) return overtaken(new Overtaken('renewed'))
  return judgement('retrying', trouble.message, { state: 'waiting', reason: 'credentials_refused' })
}
