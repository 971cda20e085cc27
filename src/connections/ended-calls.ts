import { createGroupCommit } from '../lib/group-commit.ts'
import type { PartnerPaceDeps } from './partner-pace.ts'
import { endPartnerCalls, type PartnerEnded } from './partner-pace-store.ts'

export type EndedCall = Omit<PartnerEnded, 'calls'>

/**
 * Says of calls that they are over, many in a statement. Where that fails, they count as under way for a while longer: the
 * answer must not be lost over it.
 */
export function createEndedCalls(
  { database, log }: PartnerPaceDeps,
  ended: (connectionId: string) => void,
): (call: EndedCall) => Promise<void> {
  const commit = createGroupCommit({
    commit: async (calls: EndedCall[]) => {
      const together = Map.groupBy(calls, ({ connectionId }) => connectionId)
      await endPartnerCalls(database.system, [...together.values()].map(sumOf))
      for (const connectionId of together.keys()) ended(connectionId)
      return calls
    },
    ...{ lanes: 1, most: 500, waiting: 100_000, isItemFault: () => false },
  })
  return async (call) => {
    await commit(call).catch((error) =>
      log.warn({ error, tenantId: call.tenantId }, 'the end of a call of a partner could not be stored'),
    )
  }
}

/** In the order in which they ended: failures before an answer are no longer in a row. */
function sumOf(calls: EndedCall[]): PartnerEnded {
  const [{ tenantId, connectionId }] = calls as [EndedCall]
  const answeredAt = calls.findLastIndex(({ hasAnswered }) => hasAnswered)
  return {
    ...{ tenantId, connectionId, calls: calls.length, hasAnswered: answeredAt >= 0 },
    failures: calls.slice(answeredAt + 1).reduce((sum, { failures }) => sum + failures, 0),
    askedMs: Math.max(...calls.map(({ askedMs }) => askedMs)),
  }
}
