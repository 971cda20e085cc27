import { findMasterKeyFaults, type MasterKeyFault } from '../tenants/check-master-keys.ts'
import { listMasterKids } from '../tenants/tenant-key-store.ts'
import type { Check } from './check.ts'
import { type Finding, fail, ok, warn } from './finding.ts'

export const checkKeys: Check = {
  name: 'keys',
  readsTables: true,
  run: async ({ database, settings }) => {
    const { encryptionKeys } = settings
    const inUse = await listMasterKids(database.system)
    const faults = await findMasterKeyFaults(database.system, encryptionKeys)
    const current = encryptionKeys[0]?.kid
    const unneeded = encryptionKeys.map(({ kid }) => kid).filter((kid) => kid !== current && !inUse.includes(kid))
    const old = inUse.filter((kid) => kid !== current && !faults.some((fault) => fault.kid === kid))
    return [
      ok(`Keys of tenants are wrapped under ${inUse.join(', ') || 'nothing yet'}; new ones under ${current}.`),
      ...faults.map(broken),
      ...(old.length > 0 ? [unfinished(old)] : []),
      ...(unneeded.length > 0 ? [removable(unneeded)] : []),
    ]
  },
}

const broken = ({ kid, fault }: MasterKeyFault): Finding =>
  fault === 'missing'
    ? fail(`ENCRYPTION_KEYS lacks the key "${kid}", which is in use.`, 'Put it back at the end of ENCRYPTION_KEYS.')
    : fail(
        `The key "${kid}" of ENCRYPTION_KEYS is another one than the one in use.`,
        'Put the right one in its place; a new key needs a name of its own.',
      )

const unfinished = (kids: string[]): Finding =>
  warn(`Keys of tenants are still wrapped under ${kids.join(', ')}.`, 'Run `node src/cli.ts rotate-keys`.')

const removable = (kids: string[]): Finding =>
  warn(
    `Nothing is wrapped under ${kids.join(', ')} any more.`,
    'Remove it from ENCRYPTION_KEYS, once every process runs with the present list and the backups made with it are gone.',
  )
