import { adminLink } from './commands/admin-link.ts'
import { backfills } from './commands/backfills.ts'
import { backupCheck } from './commands/backup-check.ts'
import { backupKeys } from './commands/backup-keys.ts'
import { certificate } from './commands/certificate.ts'
import type { Command } from './commands/command.ts'
import { deliveries } from './commands/deliveries.ts'
import { doctor } from './commands/doctor.ts'
import { exportAll } from './commands/export.ts'
import { migrate } from './commands/migrate.ts'
import { purge } from './commands/purge.ts'
import { reconcile } from './commands/reconcile.ts'
import { restoreKeys } from './commands/restore-keys.ts'
import { rotateKeys } from './commands/rotate-keys.ts'
import { uninstall } from './commands/uninstall.ts'
import { verifyAudit } from './commands/verify-audit.ts'
import { verifyCertificate } from './commands/verify-certificate.ts'
import { endWithSentence } from './process-config.ts'

const commands: Record<string, Command> = {
  migrate,
  'admin-link': adminLink,
  'verify-audit': verifyAudit,
  reconcile,
  'rotate-keys': rotateKeys,
  'backup-keys': backupKeys,
  'restore-keys': restoreKeys,
  'backup-check': backupCheck,
  doctor,
  deliveries,
  backfills,
  uninstall,
  export: exportAll,
  purge,
  certificate,
  'verify-certificate': verifyCertificate,
}

const [name = '', ...args] = process.argv.slice(2)
const command = Object.hasOwn(commands, name) ? commands[name] : undefined
if (command && fits(command, args)) await command.run(args).catch(endWithSentence)
else {
  process.stderr.write(usage())
  process.exitCode = 2
}

function fits({ parameters = '' }: Command, given: string[]): boolean {
  const all = parameters.split(' ').filter(Boolean)
  const needed = all.filter((parameter) => !parameter.startsWith('['))
  const isOpen = all.some((parameter) => parameter.endsWith('...]'))
  return given.length >= needed.length && (isOpen || given.length <= all.length)
}

function usage(): string {
  const calls = Object.entries(commands).map(([name, { parameters = '' }]) => `${name} ${parameters}`.trim())
  const width = Math.max(...calls.map((call) => call.length))
  const lines = Object.values(commands).map(({ summary }, index) => `  ${calls[index]?.padEnd(width)}  ${summary}\n`)
  return `usage: node src/cli.ts COMMAND\n\n${lines.join('')}`
}
