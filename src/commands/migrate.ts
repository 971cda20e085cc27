import { migrate as migrateDatabase } from '../migrate.ts'
import { processConfig } from '../process-config.ts'
import type { Command } from './command.ts'

export const migrate: Command = {
  summary: 'bring the database up to date',
  run: async () => {
    await migrateDatabase(await processConfig())
    process.stdout.write('The database is up to date.\n')
  },
}
