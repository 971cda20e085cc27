import { renameAccount } from '../../tenants/installation-store.ts'
import type { Handler } from './handler.ts'
import { takeRecord } from './take-record.ts'

/** An account that was renamed is called by its new name from then on, without asking the platform for it. */
export const takeLocation: Handler = async (deps, taken) => {
  const { name } = taken.fields
  const isThisAccount = taken.installation.locationId === taken.recordId
  if (isThisAccount && typeof name === 'string' && name.trim() !== '')
    await deps.database.asTenant(taken.tenantId, (db) =>
      renameAccount(db, name.trim(), new Date(Math.min(taken.at, deps.now()))),
    )
  return takeRecord()(deps, taken)
}
