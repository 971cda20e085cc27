import { type Config, ConfigError, readConfig } from './config.ts'

/** The configuration of a single process, which needs a database that is already there. Ends the process when it cannot. */
export function productionConfig(): { config: Config; databaseUrl: string } {
  try {
    const config = readConfig()
    if (!config.databaseUrl)
      throw new ConfigError('Causeway cannot start: DATABASE_URL must be set. `npm start` needs none.')
    return { config, databaseUrl: config.databaseUrl }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exit(1)
  }
}
