import type { Around } from '../flows/around.ts'
import { getLocationPlace } from '../highlevel/location-place.ts'
import type { Clock } from '../lib/clock.ts'
import { keepAnswers } from '../lib/keep-answers.ts'
import { isTrouble } from '../lib/trouble.ts'
import type { TenantApi } from '../tenants/tenant-api.ts'

/** Where the account is: what dates without a zone and numbers without a country mean. */
export type AccountAround = (account: { tenantId: string; locationId: string }) => Promise<Around>

const KEPT_MS = 3_600_000
const MOST_ACCOUNTS = 5000
const NOWHERE: Around = { zone: 'UTC', country: 'US' }

/** Asked for again after an hour, as urgently as an event whoever asks: those that come meanwhile wait for the same answer. */
export function createAccountAround({ tenantApi, now }: { tenantApi: TenantApi; now: Clock }): AccountAround {
  const answers = keepAnswers<Around>({ keptMs: KEPT_MS, most: MOST_ACCOUNTS, now })
  return ({ tenantId, locationId }) => answers(tenantId, () => ask(tenantApi, tenantId, locationId))
}

async function ask(tenantApi: TenantApi, tenantId: string, locationId: string): Promise<Around> {
  try {
    const { zone, country } = await getLocationPlace(tenantApi(tenantId), locationId)
    return { zone: zone ?? NOWHERE.zone, country: country ?? NOWHERE.country }
  } catch (error) {
    if (isTrouble(error) && !error.heals) return NOWHERE // it may not be read
    throw error
  }
}
