import type { Actor } from '../audit/audit-entry.ts'
import { atOneMoment, recordAudit } from '../audit/audit-store.ts'
import type { Database } from '../db/database.ts'
import type { Clock } from '../lib/clock.ts'
import { writeKeyFile } from './key-file.ts'
import { NOBODY } from './tenant-id.ts'
import { countKeys, listMasterKids, readAllKeys } from './tenant-key-store.ts'

/**
 * Writes the wrapped keys of all tenants to a file, in the place of an older one. They are kept apart from the dumps of the
 * database, so that a key that is destroyed is gone from old dumps too. Returns how many.
 */
export async function backupKeys(
  { database, now }: { database: Database; now: Clock },
  { path, actor }: { path: string; actor: Actor },
): Promise<number> {
  const keys = await atOneMoment(database.system, async (db) => {
    const count = await countKeys(db)
    const about = { writtenAt: new Date(now()).toISOString(), masterKids: await listMasterKids(db), keys: count }
    await writeKeyFile(path, about, readAllKeys(db))
    return count
  })
  await database.asTenant(NOBODY, (db) =>
    recordAudit(db, { action: 'keys.backed_up', actor, target: 'tenant keys', details: { keys }, at: now() }),
  )
  return keys
}
