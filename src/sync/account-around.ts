import type { Around } from '../flows/around.ts'
import { getLocationPlace } from '../highlevel/location-place.ts'
import { isTrouble } from '../lib/trouble.ts'
import type { SyncDeps } from './sync-deps.ts'

const KEPT_MS = 3_600_000
const MOST = 5000
const NOWHERE: Around = { zone: 'UTC', country: 'US' }

type Kept = { around: Around; until: number }
const kept = new Map<string, Kept>()

/** Where the account is: what dates without a zone and numbers without a country mean. */
export async function accountAround(
  deps: Pick<SyncDeps, 'tenantApi' | 'now'>,
  { tenantId, locationId }: { tenantId: string; locationId: string },
): Promise<Around> {
  const known = kept.get(tenantId)
  if (known && known.until > deps.now()) return known.around
  const around = await ask(deps, tenantId, locationId)
  if (kept.size >= MOST) kept.clear()
  kept.set(tenantId, { around, until: deps.now() + KEPT_MS })
  return around
}

async function ask(deps: Pick<SyncDeps, 'tenantApi'>, tenantId: string, locationId: string): Promise<Around> {
  try {
    const { zone, country } = await getLocationPlace(deps.tenantApi(tenantId), locationId)
    return { zone: zone ?? NOWHERE.zone, country: country ?? NOWHERE.country }
  } catch (error) {
    if (isTrouble(error) && !error.heals) return NOWHERE // it may not be read
    throw error
  }
}
