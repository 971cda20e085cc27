import { userInfo } from 'node:os'
import { verifyAudit } from './audit/verify-audit.ts'
import { composeOperator } from './compose.ts'
import { makeAdminLink } from './console/operator-session.ts'
import { createLogger } from './lib/logger.ts'
import { migrate } from './migrate.ts'
import { processConfig } from './process-config.ts'

const USAGE = `usage: node src/cli.ts COMMAND

  migrate       bring the database up to date
  admin-link    print a link that signs one operator in to the console, once
  verify-audit  check every chain of the audit log; exits 1 when one is broken
`

const commands: Record<string, () => Promise<void>> = {
  migrate: async () => {
    await migrate(await processConfig())
    process.stdout.write('The database is up to date.\n')
  },
  'admin-link': () =>
    asOperator(async (operator) => {
      process.stdout.write(`${await makeAdminLink(operator, userInfo().username)}\n`)
    }),
  'verify-audit': () =>
    asOperator(async ({ database }) => {
      const { chains, entries, faults } = await verifyAudit(database.system)
      process.stdout.write(`${entries} entries in ${chains} chains were checked.\n`)
      for (const { tenantId, seq, fault } of faults) process.stdout.write(`tenant ${tenantId}: ${fault} at ${seq}\n`)
      if (faults.length > 0) process.exitCode = 1
    }),
}

async function asOperator(work: (operator: ReturnType<typeof composeOperator>) => Promise<void>): Promise<void> {
  const { config, databaseUrl } = await processConfig()
  const operator = composeOperator({ config, databaseUrl, log: createLogger({ level: config.logLevel }) })
  try {
    await operator.start()
    await work(operator)
  } finally {
    await operator.database.close()
  }
}

const command = commands[process.argv[2] ?? '']
if (command) await command()
else {
  process.stderr.write(USAGE)
  process.exitCode = 2
}
