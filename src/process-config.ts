import { type Config, isProduction, processEnvironment, readConfig } from './config.ts'
import { developmentSecret, findDatabaseUrl, sandboxAddresses } from './development.ts'
import { ConfigError } from './environment.ts'
import { OperatorError } from './lib/operator-error.ts'

/**
 * The configuration of a single process, which needs a database that is already there: the configured one, or, in
 * development, the one that `npm start` is running. Ends the process when it cannot start.
 */
export async function processConfig(): Promise<{ config: Config; databaseUrl: string }> {
  return readProcessConfig().catch(endWithSentence)
}

/** The same, for whoever can go on without it: throws what is for the operator. */
export async function readProcessConfig(): Promise<{ config: Config; databaseUrl: string }> {
  const config = await readOwnConfig()
  const databaseUrl = config.databaseUrl ?? (await findDatabaseUrl())
  if (!databaseUrl) throw new ConfigError('Causeway cannot start: DATABASE_URL must be set. `npm start` needs none.')
  return { config, databaseUrl }
}

/** In development without addresses of its own, the sandbox that `npm start` is running stands in for the others. */
async function readOwnConfig(): Promise<Config> {
  const env = processEnvironment()
  if (isProduction(env)) return readConfig(env)
  const secret = await developmentSecret()
  const config = readConfig(env, secret)
  if (!config.sandbox || env.HIGHLEVEL_API_URL !== undefined) return config
  return readConfig(processEnvironment(sandboxAddresses(config.port)), secret)
}

/** Ends the process with the sentence that the error is for whoever runs it; a surprise is thrown on. */
export function endWithSentence(error: unknown): never {
  if (!isForOperator(error)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exit(1)
}

export const isForOperator = (error: unknown): error is ConfigError | OperatorError =>
  error instanceof ConfigError || error instanceof OperatorError
