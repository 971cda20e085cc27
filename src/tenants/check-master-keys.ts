import type { SystemDb } from '../db/database.ts'
import { OperatorError } from '../lib/operator-error.ts'
import { SealError, type SealKey } from '../lib/seal.ts'
import { hasMasterKids, listKeysUnder, listMasterKids } from './tenant-key-store.ts'
import { unwrapKey } from './wrapped-key.ts'

/** A master key that tenants' keys are wrapped under, and that the ring does not have, or has another one in place of. */
export type MasterKeyFault = { kid: string; fault: 'missing' | 'wrong' }

/** One row that does not open is that tenant's trouble; when none of so many does, the key is another one. */
const TRIED = 20

/** Before anything is written: with a wrong ring a process would seal what nobody else opens. */
export async function checkMasterKeys(db: SystemDb, masterKeys: readonly SealKey[]): Promise<void> {
  const faults = await findMasterKeyFaults(db, masterKeys)
  if (faults.length > 0)
    throw new OperatorError(`Causeway cannot work on this database: ${faults.map(sentenceAbout).join(' ')}`)
}

export async function findMasterKeyFaults(db: SystemDb, masterKeys: readonly SealKey[]): Promise<MasterKeyFault[]> {
  if (!(await hasMasterKids(db))) throw new OperatorError(NOT_MIGRATED)
  const faults: MasterKeyFault[] = []
  for (const kid of await listMasterKids(db)) {
    if (!masterKeys.some((key) => key.kid === kid)) faults.push({ kid, fault: 'missing' })
    else if (!(await opensAny(db, masterKeys, kid))) faults.push({ kid, fault: 'wrong' })
  }
  return faults
}

const NOT_MIGRATED = 'The database is of a version before this one. Bring it up to date first: node src/cli.ts migrate'

async function opensAny(db: SystemDb, masterKeys: readonly SealKey[], kid: string): Promise<boolean> {
  for (const row of await listKeysUnder(db, kid, { after: null, limit: TRIED })) {
    try {
      await unwrapKey(masterKeys, row)
      return true
    } catch (error) {
      if (!(error instanceof SealError)) throw error
    }
  }
  return false
}

export const sentenceAbout = ({ kid, fault }: MasterKeyFault): string =>
  fault === 'missing'
    ? `ENCRYPTION_KEYS lacks the key "${kid}", under which keys of tenants are wrapped. ` +
      'Put it back, at the end of the list, and run `node src/cli.ts rotate-keys` before you remove it.'
    : `The key "${kid}" of ENCRYPTION_KEYS is not the one under which keys of tenants are wrapped. ` +
      'Put the right one in its place; a new key needs a name of its own.'
