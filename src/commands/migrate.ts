import { migrateOwn } from '../migrate.ts'
import { processConfig } from '../process-config.ts'
import type { Command } from './command.ts'

export const migrate: Command = {
  summary: 'bring the database up to date',
  run: async () => {
    const { config, databaseUrl } = await processConfig()
    await migrateOwn({ databaseUrl, masterKeys: config.encryptionKeys })
    process.stdout.write('The database is up to date.\n')
  },
}
