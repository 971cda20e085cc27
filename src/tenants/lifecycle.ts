import type { Actor } from '../audit/audit-entry.ts'
import { type CompanyDeps, joinCompany } from './company-locations.ts'
import { ensureTenant } from './ensure-tenant.ts'
import { type InstallationDetails, listLocationsOfCompany } from './installation-store.ts'
import { type News, noteFact } from './note-fact.ts'
import { type Subject, tenantOf } from './subject.ts'
import { type Departure, uninstall } from './uninstall.ts'

/** What a webhook about the app itself says (HighLevel docs: App Install, App Uninstall, App Update, Plan Change). */
export type LifecycleFact = {
  kind: 'installed' | 'uninstalled'
  companyId: string | null
  /** Null when the whole company is meant. */
  locationId: string | null
  /** When the platform sent it, milliseconds by its clock. */
  at: number
  details: Partial<InstallationDetails>
  news?: News
}

const ACTOR: Actor = { kind: 'highlevel', id: 'webhook' }

/** It may come before, during or after the exchange of the code, late, and more than once. */
export const noteLifecycle = (deps: CompanyDeps, fact: LifecycleFact): Promise<void> =>
  fact.kind === 'installed'
    ? noteInstalled(deps, fact)
    : noteUninstalled(deps, fact, { at: fact.at, actor: ACTOR, erase: false })

async function noteInstalled(deps: CompanyDeps, lifecycle: LifecycleFact): Promise<void> {
  const { companyId, locationId, at, details, news } = lifecycle
  const subject = { appId: deps.appId, companyId, locationId }
  const tenantId = tenantOf(subject)
  if (!tenantId) return
  await ensureTenant(deps, tenantId)
  const fact = { kind: 'installed', at, details: { ...details, ...(companyId && { companyId }) } } as const
  const note = { fact, subject, actor: ACTOR, ...(news && { news }) }
  await deps.database.asTenant(tenantId, (db) => noteFact(deps, db, note))
  if (locationId) await joinCompany(deps, tenantId)
}

/**
 * A location leaves, or a company with all its locations. Noted also of one that was never heard of: the news of its
 * installation may be late.
 */
export async function noteUninstalled(
  deps: CompanyDeps,
  { companyId, locationId }: Pick<Subject, 'companyId' | 'locationId'>,
  how: How,
): Promise<void> {
  const subject = { appId: deps.appId, companyId, locationId }
  const listLocations = async (): Promise<Subject[]> =>
    locationId || !companyId ? [] : await listInstalled(deps, companyId)
  const leaving = [subject, ...(await listLocations())].flatMap((one) => tenantOf(one) ?? [])
  await deps.sayGoodbye(leaving.map((tenantId) => ({ tenantId, at: how.at })))
  await leave(deps, subject, how)
  for (const location of await listLocations()) await leave(deps, location, how) // anew: who came meanwhile leaves as well
}

const listInstalled = async (deps: CompanyDeps, companyId: string): Promise<Subject[]> =>
  (await listLocationsOfCompany(deps.database.system, deps.appId, companyId)).filter(
    ({ status }) => status !== 'uninstalled',
  )

type How = Pick<Departure, 'at' | 'actor' | 'erase' | 'details'>

async function leave(deps: CompanyDeps, subject: Subject, how: How): Promise<void> {
  const tenantId = tenantOf(subject)
  if (!tenantId) return
  await ensureTenant(deps, tenantId)
  await uninstall(deps, { tenantId, subject, ...how })
  // Its tokens are gone also when it has come back since: then it needs new ones.
  if (subject.locationId) await joinCompany(deps, tenantId)
}
