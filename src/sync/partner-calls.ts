import type { OpenConnection } from '../connections/open-connection.ts'
import type { ActionResult } from '../connectors/connector.ts'
import type { Database } from '../db/database.ts'
import type { Clock } from '../lib/clock.ts'
import { type ActionCall, callAction } from './call-action.ts'
import { lookUpAction } from './look-up-action.ts'
import type { RunLog } from './run-log.ts'

/** Actions of the partner's, called for one run and taken down in its log. */
export type PartnerCalls = {
  deps: { database: Database; now: Clock }
  tenantId: string
  runId: string
  open: OpenConnection
  run(call: ActionCall): Promise<ActionResult>
  /** What an earlier call left behind, whose answer was lost. Rejects where that cannot be told and may not be done twice. */
  lookUp(call: ActionCall): Promise<ActionResult | undefined>
}

export const createPartnerCalls = (
  deps: PartnerCalls['deps'],
  about: Pick<PartnerCalls, 'tenantId' | 'runId' | 'open'>,
  log: RunLog,
): PartnerCalls => ({
  deps,
  ...about,
  run: (call) =>
    log.take({ action: call.action, sent: call.input, note: call.note ?? null }, () => callAction(about.open, call)),
  lookUp: (call) => lookUpAction(about.open, call),
})
