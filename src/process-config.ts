import { type Config, ConfigError, isProduction, processEnvironment, readConfig } from './config.ts'
import { developmentSecret, findDatabaseUrl } from './development.ts'
import { OperatorError } from './lib/operator-error.ts'

/**
 * The configuration of a single process, which needs a database that is already there: the configured one, or, in
 * development, the one that `npm start` is running. Ends the process when it cannot start.
 */
export async function processConfig(): Promise<{ config: Config; databaseUrl: string }> {
  try {
    const env = processEnvironment()
    const config = isProduction(env) ? readConfig(env) : readConfig(env, await developmentSecret())
    const databaseUrl = config.databaseUrl ?? (await findDatabaseUrl())
    if (!databaseUrl) throw new ConfigError('Causeway cannot start: DATABASE_URL must be set. `npm start` needs none.')
    return { config, databaseUrl }
  } catch (error) {
    return endWithSentence(error)
  }
}

/** Ends the process with the sentence that the error is for whoever runs it; a surprise is thrown on. */
export function endWithSentence(error: unknown): never {
  if (!isForOperator(error)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exit(1)
}

export const isForOperator = (error: unknown): error is ConfigError | OperatorError =>
  error instanceof ConfigError || error instanceof OperatorError
