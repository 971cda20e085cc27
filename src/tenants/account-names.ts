import type { Database } from '../db/database.ts'
import { getLocationName } from '../highlevel/locations.ts'
import { isFeatureOn } from '../highlevel/scopes.ts'
import type { Clock } from '../lib/clock.ts'
import type { Logger } from '../lib/logger.ts'
import { findNamedAccount, type NamedAccount, saveAccountName } from './installation-store.ts'
import type { TenantApi } from './tenant-api.ts'

/** The name an owner knows the account by; its id while the name cannot be read. */
export type AccountNames = (tenantId: string) => Promise<string>

export type AccountNameDeps = { database: Database; tenantApi: TenantApi; now: Clock; log: Logger }

/** An account that is renamed keeps its old name here for so long; one whose name could not be read is asked again. */
const KEEP_MS = 24 * 3_600_000
const ASK_AGAIN_MS = 5 * 60_000

/** Stored with the installation, so that no page waits for the platform to say it again. */
export const createAccountNames =
  (deps: AccountNameDeps): AccountNames =>
  async (tenantId) => {
    const account = await deps.database.asTenant(tenantId, findNamedAccount)
    if (!account) return ''
    const { locationId, companyId, companyName } = account
    if (locationId === null) return companyName ?? companyId ?? ''
    const isKnown = isFresh(account, deps.now()) || !isFeatureOn(account, 'account_name')
    return (isKnown ? account.name : await readName(deps, tenantId, account.name, locationId)) ?? locationId
  }

const isFresh = ({ name, nameReadAt }: NamedAccount, now: number): boolean =>
  nameReadAt !== null && now - nameReadAt.getTime() < (name === null ? ASK_AGAIN_MS : KEEP_MS)

async function readName(
  deps: AccountNameDeps,
  tenantId: string,
  known: string | null,
  locationId: string,
): Promise<string | null> {
  const read = await getLocationName(deps.tenantApi(tenantId, 'interactive'), locationId).catch((error) => {
    deps.log.warn({ error, tenantId }, 'the name of an account could not be read')
    return null
  })
  const name = read ?? known
  await deps.database.asTenant(tenantId, (db) => saveAccountName(db, name, new Date(deps.now())))
  return name
}
