import { NIL } from 'uuid'
import type { TenantDb } from '../db/database.ts'
import type { TokenGrant } from '../highlevel/oauth.ts'
import { isRefusal } from '../highlevel/refusal.ts'
import { isFeatureOn } from '../highlevel/scopes.ts'
import { isTrouble, Trouble } from '../lib/trouble.ts'
import { authorization } from './authorization.ts'
import { callAsTenant } from './call-as-tenant.ts'
import { backoffMs, COMPANY, type CompanyDeps, isCompanyTrouble, lacksTokens } from './company-locations.ts'
import { isListed, listLocationsToMint, postponeMint, type WaitingLocation } from './company-store.ts'
import {
  findInstallation,
  findInstallationForChange,
  type Installation,
  isWorking,
  listInstallations,
} from './installation-store.ts'
import { noteFact } from './note-fact.ts'

/** As many as the limit lets through at once: the sooner they are sent, the sooner the next may follow. */
const AT_ONCE = 100
const PAGE = 100
/** Then it goes on in a job of its own, well before this one expires. */
const LONGEST_MS = 8 * 60_000
/** So many in a row, and it is not about single locations. */
const MOST_TROUBLES = 10

/** One time through the company's locations that lack tokens. */
type Round = {
  company: Installation
  mayGoOn(): boolean
  lastTrouble: Trouble | null
  troublesInRow: number
  isHopeless: boolean
}

/** Exchanges the company's token for each location that lacks its own. Those that come meanwhile have asked for the next job. */
export async function mintLocationTokens(
  deps: CompanyDeps,
  { tenantId, tries = 0 }: { tenantId: string; tries?: number },
  signal: AbortSignal,
): Promise<void> {
  const company = await deps.database.asTenant(tenantId, findInstallation)
  if (!company?.companyId || !isWorking(company)) return
  const goOnUntil = deps.now() + LONGEST_MS
  const round: Round = {
    company,
    lastTrouble: null,
    troublesInRow: 0,
    isHopeless: false,
    mayGoOn: () =>
      !signal.aborted && !round.isHopeless && round.troublesInRow < MOST_TROUBLES && deps.now() < goOnUntil,
  }
  const waiting = waitingLocations(deps, round)
  const lane = async (): Promise<void> => {
    for await (const location of waiting) await mintOne(deps, round, location)
  }
  const mayAsk = isFeatureOn(company, 'account_tokens')
  if (!mayAsk)
    deps.log.warn({ tenantId, scope: 'oauth.write' }, 'locations cannot be given their tokens without the scope')
  const lanes = await Promise.allSettled(Array.from({ length: mayAsk ? AT_ONCE : 0 }, lane))
  const surprise = lanes.find((ended) => ended.status === 'rejected')
  if (surprise) throw surprise.reason
  if (!signal.aborted) await goOnWith(deps, round, tenantId, tries)
}

async function* waitingLocations(deps: CompanyDeps, { company, mayGoOn }: Round): AsyncGenerator<WaitingLocation> {
  for (let after: string = NIL; ; ) {
    const page = await listLocationsToMint(deps.database.system, company, { after, limit: PAGE })
    for (const location of page) {
      if (!mayGoOn()) return
      yield location
    }
    const last = page.at(-1)
    if (!last || page.length < PAGE) return
    after = last.tenantId
  }
}

/** What comes after it, if anything. */
async function goOnWith(deps: CompanyDeps, round: Round, tenantId: string, tries: number): Promise<void> {
  if (round.isHopeless) return
  await deps.database.asTenant(tenantId, async (db) => {
    const key = tenantId
    if (round.lastTrouble) {
      const afterMs = backoffMs(tries, round.lastTrouble.retryAfterMs)
      await deps.enqueue(db, 'mint-location-tokens', { tenantId, tries: tries + 1 }, { key, afterMs })
    } else if (!round.mayGoOn()) {
      await deps.enqueue(db, 'mint-location-tokens', { tenantId }, { key })
    } else if (!(await isListed(db))) {
      // Afterwards: what the webhooks told of is quicker to be had without the list, which costs calls of the same limit.
      await deps.enqueue(db, 'find-locations', { tenantId }, { key })
    }
  })
}

async function mintOne(deps: CompanyDeps, round: Round, { tenantId, locationId }: WaitingLocation): Promise<void> {
  const location = (await listInstallations(deps.database.system, [tenantId])).get(tenantId)
  if (!location || !lacksTokens(location)) return
  try {
    const grant = await exchange(deps, round.company, locationId)
    await deps.database.asTenant(tenantId, (db) => storeMinted(deps, db, location, grant))
    round.troublesInRow = 0
  } catch (error) {
    await judge(deps, round, location, error)
  }
}

async function exchange(deps: CompanyDeps, company: Installation, locationId: string): Promise<TokenGrant> {
  const companyId = String(company.companyId)
  const grant = await callAsTenant(deps, company.tenantId, (companyToken) =>
    deps.oauth.exchangeForLocation(companyToken, companyId, locationId),
  )
  if ((grant.locationId ?? locationId) === locationId && (grant.companyId ?? companyId) === companyId)
    return { ...grant, userType: 'Location', companyId, locationId }
  throw new Trouble('unexpected_answer', { detail: 'The platform answered with tokens of another account.' })
}

/**
 * A location that left while its token was on the way stays gone. The token stands for the installation as it was known when
 * it was asked for: news of an earlier departure that comes later still takes it away.
 */
async function storeMinted(deps: CompanyDeps, db: TenantDb, asked: Installation, grant: TokenGrant): Promise<void> {
  const now = await findInstallationForChange(db)
  if (!now || !lacksTokens(now) || now.generation !== asked.generation || !asked.installedAt) return
  const fact = authorization(grant, { at: asked.installedAt.getTime(), claimed: true })
  await noteFact(deps, db, { fact, actor: COMPANY, grant })
}

/** Long enough that nobody is hammered, and an account that is paid for again is back the same day. */
const SLOWLY_MS = 3_600_000

/** One location's trouble is no reason to leave the others waiting. */
async function judge(deps: CompanyDeps, round: Round, location: Installation, error: unknown): Promise<void> {
  const { tenantId } = location
  if (isCompanyTrouble(error)) {
    if (!round.isHopeless) {
      deps.log.warn({ error, tenantId: round.company.tenantId }, 'a company has no token to give its locations')
    }
    round.isHopeless = true
  } else if (isTrouble(error) && error.heals) {
    deps.log.info({ error, tenantId }, 'a location’s token could not be obtained yet')
    round.lastTrouble = error
    round.troublesInRow++
  } else {
    const isFinal = isTrouble(error) && error.code !== 'unexpected_answer' && !isRefusal(error, 'location_inactive')
    if (isTrouble(error)) deps.log.warn({ error, tenantId, isFinal }, 'a location has no token to give')
    else deps.log.error({ error, tenantId }, 'a location’s token met a surprise')
    await deps.database.asTenant(tenantId, (db) => postponeMint(db, location, isFinal ? null : SLOWLY_MS))
    round.troublesInRow = 0
  }
}
