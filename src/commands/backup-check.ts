import { type BackupVerdict, checkBackup, isSound } from '../backups/check-backup.ts'
import { processEnvironment } from '../config.ts'
import { createProgress } from '../lib/progress.ts'
import { processConfig } from '../process-config.ts'
import { operatorName } from './as-operator.ts'
import type { Command } from './command.ts'

export const backupCheck: Command = {
  parameters: 'DUMP KEYFILE',
  summary: 'restore a dump into a scratch database and look whether everything opens; exits 1 when not',
  run: async ([dump = '', keyFile = '']) => {
    const { config, databaseUrl } = await processConfig()
    const progress = createProgress(process.stdout)
    const deps = { databaseUrl, masterKeys: config.encryptionKeys, environment: programEnvironment() }
    const actor = { kind: 'operator', id: operatorName() } as const
    const verdict = await checkBackup(deps, { dump, keyFile, actor, onProgress: progress.show })
    progress.end()
    process.stdout.write(tell(verdict))
    if (!isSound(verdict)) process.exitCode = 1
  },
}

/** PostgreSQL's programs are told nothing of ours. */
const programEnvironment = (): Record<string, string> =>
  Object.fromEntries(
    Object.entries(processEnvironment()).flatMap(([name, value]) =>
      value !== undefined && (name === 'PATH' || name.startsWith('PG')) ? [[name, value]] : [],
    ),
  )

const tell = (verdict: BackupVerdict): string => {
  const { migrations, keysInDump, keys, opening, audit } = verdict
  const { opened, withoutKey, broken } = opening
  return [
    `Migrations: ${migrations.applied} present${migrations.pending > 0 ? `, ${migrations.pending} applied here` : ''}.`,
    `Keys: ${keys.restored} from the key file of ${keys.writtenAt}.`,
    ...(keysInDump > 0 ? [`The dump holds ${keysInDump} wrapped keys itself. ${LEAVE_OUT}`] : []),
    ...keys.damaged.map((tenantId) => `tenant ${tenantId}: its key in the file does not open`),
    ...keys.replaced.map((tenantId) => `tenant ${tenantId}: the dump holds another key than the file`),
    `Tenants with tokens or credentials: ${opened} opened, ${withoutKey.length} without a key (purged, or newer than the key ` +
      `file), ${broken.length} broken.`,
    ...withoutKey.map((tenantId) => `tenant ${tenantId}: without a key`),
    ...broken.map(({ tenantId, what }) => `tenant ${tenantId}: does not open: ${what}`),
    `Audit log: ${audit.entries} entries in ${audit.chains} chains, ${audit.faults.length} of them broken.`,
    ...audit.faults.map(({ tenantId, seq, fault }) => `tenant ${tenantId}: ${fault} at ${seq}`),
    isSound(verdict) ? 'The backup is sound.' : 'The backup is NOT sound.',
    '',
  ].join('\n')
}

const LEAVE_OUT = 'Dump with --exclude-table-data=tenant_keys, or a destroyed key lives on in it.'
