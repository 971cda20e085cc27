import type { Actor } from '../audit/audit-entry.ts'
import { type AuditVerdict, verifyAudit } from '../audit/verify-audit.ts'
import { type Database, openDatabase } from '../db/database.ts'
import { OperatorError } from '../lib/operator-error.ts'
import type { SealKey } from '../lib/seal.ts'
import { listMigrations, migrate } from '../migrate.ts'
import { type KeyRestoration, restoreKeys } from '../tenants/restore-keys.ts'
import { countKeys } from '../tenants/tenant-key-store.ts'
import { createVault } from '../tenants/vault.ts'
import { type Opening, openEverything } from './open-everything.ts'
import { type ProgramEnvironment, restoreDump } from './restore-dump.ts'
import { inScratchDatabase } from './scratch-database.ts'

export type BackupVerdict = {
  migrations: { applied: number; pending: number }
  /** Keys that the dump itself holds: there should be none. */
  keysInDump: number
  keys: KeyRestoration
  opening: Opening
  audit: AuditVerdict
}

export type CheckBackupDeps = {
  databaseUrl: string
  masterKeys: readonly SealKey[]
  environment: ProgramEnvironment
}

export type CheckBackupInput = {
  dump: string
  keyFile: string
  actor: Actor
  onProgress(done: number, total: number): void
}

/** Restores a dump and its key file beside the database, looks whether everything is there and opens, and drops it again. */
export const checkBackup = (deps: CheckBackupDeps, input: CheckBackupInput): Promise<BackupVerdict> =>
  inScratchDatabase(deps.databaseUrl, async (scratch) => {
    await restoreDump(scratch, input.dump, deps.environment)
    const migrations = await bringUpToDate(scratch.url, input.dump)
    const database = openDatabase({ url: scratch.url, max: 2, name: 'backup check' })
    try {
      return { migrations, ...(await look(deps, input, database)) }
    } finally {
      await database.close()
    }
  })

async function bringUpToDate(url: string, dump: string): Promise<BackupVerdict['migrations']> {
  const { applied, pending } = await listMigrations(url)
  if (applied.length === 0) throw new OperatorError(`${dump} is not a dump of Causeway: it has no migrations.`)
  await migrate({ databaseUrl: url })
  return { applied: applied.length, pending: pending.length }
}

async function look(
  { masterKeys }: CheckBackupDeps,
  { keyFile, actor, onProgress }: CheckBackupInput,
  database: Database,
): Promise<Omit<BackupVerdict, 'migrations'>> {
  const audit = await verifyAudit(database.system)
  const keysInDump = await countKeys(database.system)
  const keys = await restoreKeys({ database, masterKeys, now: Date.now }, { path: keyFile, actor })
  const opening = await openEverything({ database, vault: createVault(masterKeys) }, onProgress)
  return { keysInDump, keys, opening, audit }
}

/** Whether a restore would bring back all that it should. */
export const isSound = ({ opening, audit, keys }: BackupVerdict): boolean =>
  opening.opened > 0 && opening.broken.length === 0 && audit.faults.length === 0 && keys.damaged.length === 0
