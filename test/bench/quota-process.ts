import { setTimeout as sleep } from 'node:timers/promises'
import { openDatabase } from '../../src/db/database.ts'
import { createHighLevelApi } from '../../src/highlevel/api.ts'
import { getLocationName } from '../../src/highlevel/locations.ts'
import type { Pace, Priority } from '../../src/highlevel/pace.ts'
import { createPlatformClock } from '../../src/highlevel/platform-clock.ts'
import { createHttpClient } from '../../src/lib/http-client.ts'
import { newId } from '../../src/lib/ids.ts'
import { createLogger } from '../../src/lib/logger.ts'
import { isTrouble } from '../../src/lib/trouble.ts'
import { createCallPermits } from '../../src/tenants/call-permits.ts'
import { answerParent } from './helper-process.ts'
import type { QuotaTenant } from './quota-server-process.ts'

/** The product's way to the platform, in a process of its own. */
export type QuotaWork = {
  tenants: (QuotaTenant & { tenantId: string })[]
  priority: Priority
  /** Calls of a tenant at once. */
  lanes: number
  forMs: number
  /** Between two calls of a lane: at random, half to one and a half times as long. 0: the next follows at once. */
  everyMs: number
}
export type QuotaResult = { calls: number; stopped: number; waits: number[] }

const [databaseUrl = '', apiUrl = ''] = process.argv.slice(2)
const database = openDatabase({ url: databaseUrl, max: 10, name: 'quota' })
const permits = createCallPermits({ database, appId: 'bench', log: createLogger({ level: 'silent' }) })
const http = createHttpClient()

const actions = {
  /** What a process does once in its life is not measured. */
  warmUp: async (): Promise<void> => {
    for (let call = 0; call < 8; call++) await permits.permit({ tenantId: newId() })
  },
  work: async (work: QuotaWork): Promise<QuotaResult> => {
    const until = performance.now() + work.forMs
    const result: QuotaResult = { calls: 0, stopped: 0, waits: [] }
    const lanes = work.tenants.flatMap((tenant) =>
      Array.from({ length: work.lanes }, () => lane(work, tenant, until, result)),
    )
    await Promise.all(lanes)
    return result
  },
  cpu: (): number => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1000
  },
}

export type QuotaActions = typeof actions

/** Ends with the time, or when it is told that the day is over. */
async function lane(
  { priority, everyMs }: QuotaWork,
  { tenantId, locationId, token }: QuotaWork['tenants'][number],
  until: number,
  result: QuotaResult,
): Promise<void> {
  const pace: Pace = {
    permit: async (resource) => {
      const askedAt = performance.now()
      const permit = await permits.permit(resource, priority)
      result.waits.push(performance.now() - askedAt)
      return permit
    },
  }
  const api = createHighLevelApi({ http, apiUrl, platformClock: createPlatformClock(Date.now), pace })
  while (performance.now() < until) {
    try {
      await getLocationName((request) => api({ ...request, accessToken: token, resource: { tenantId } }), locationId)
      result.calls++
    } catch (error) {
      if (!isTrouble(error) || !error.heals) throw error
      if (error.code !== 'rate_limited') continue // a machine that is too busy to answer
      result.stopped++
      if (error.status === undefined && (error.retryAfterMs ?? 0) > 60_000) return
      await sleep(500)
    }
    if (everyMs > 0) await sleep(everyMs * (0.5 + Math.random()))
  }
}

answerParent(actions)
