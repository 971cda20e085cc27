import type { Place } from '../jobs/work-freely.ts'
import { createTurns } from '../lib/turns.ts'
import { beginTurn, type Turn, type TurnDeps } from './inbox-turn.ts'

export type InboxTurns = {
  /** What a tenant has to do. Is its turn under way here, that one looks for more. */
  take(tenantId: string, place: Place): Promise<void>
  /** Tenants whose turn has all the work that it can do: there is no use in waking them. */
  saturated(): string[]
}

export function createInboxTurns(deps: Omit<TurnDeps, 'alone'>): InboxTurns {
  const turns = new Map<string, Turn>()
  const alone = createTurns(1)
  return {
    take: async (tenantId, place) => {
      for (let underWay = turns.get(tenantId); underWay; underWay = turns.get(tenantId)) {
        if (underWay.lookAgain()) return
        await underWay.ended.catch(() => {}) // whoever began it hears of that
      }
      const turn = beginTurn({ ...deps, alone }, tenantId, place)
      turns.set(tenantId, turn)
      await turn.ended.finally(() => turns.delete(tenantId))
    },
    saturated: () => [...turns].filter(([, turn]) => turn.isSaturated()).map(([tenantId]) => tenantId),
  }
}
