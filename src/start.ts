import { userInfo } from 'node:os'
import type { Surroundings } from './compose/core.ts'
import { composeOperator } from './compose/operator.ts'
import { composeWeb } from './compose/web.ts'
import { composeWorker } from './compose/worker.ts'
import { type Config, isProduction, processEnvironment, readConfig } from './config.ts'
import { makeAdminLink } from './console/operator-session.ts'
import { DEVELOPMENT_DATA, developmentSecret, noteDatabaseUrl } from './development.ts'
import { listen } from './http/listen.ts'
import { createLogger } from './lib/logger.ts'
import { runUntilStopped } from './lib/run-until-stopped.ts'
import { migrateOwn } from './migrate.ts'
import { isForOperator } from './process-config.ts'

type Stop = () => Promise<void>

/** Web and worker in one process, with a database and a sandbox of their own where none are configured. */
async function start(): Promise<void> {
  const stops: Stop[] = []
  const stopAll: Stop = async () => {
    for (const stop of stops.splice(0).reverse()) await stop()
  }
  runUntilStopped(stopAll)
  try {
    await startAll(stops)
  } catch (error) {
    await stopAll()
    if (!(error instanceof Error)) throw error
    const known = isForOperator(error) || ('code' in error && error.code === 'EADDRINUSE')
    process.stderr.write(`${known ? error.message : error.stack}\n`)
    process.exit(1)
  }
}

async function startAll(stops: Stop[]): Promise<void> {
  const { config, sandbox } = await prepare(stops)
  const databaseUrl = config.databaseUrl ?? (await startDatabase(stops))
  await migrateOwn({ databaseUrl, masterKeys: config.encryptionKeys })

  const log = createLogger({ level: sandbox ? 'warn' : config.logLevel })
  const around: Surroundings = { config, databaseUrl, log }
  const web = composeWeb(around)
  await web.start()
  stops.push(web.stop)
  const worker = composeWorker(around)
  await worker.start()
  stops.push(() => worker.stop(5000))
  const server = await listen(web.app, config.port, config.sandbox ? '127.0.0.1' : undefined)
  stops.push(server.close)
  if (sandbox) process.stdout.write(await greeting(around, sandbox))
  else log.info({ port: server.port }, 'web and worker are running')
}

type Sandbox = { url: string; activeTrailUrl: string; activeTrailToken: string }

async function prepare(stops: Stop[]): Promise<{ config: Config; sandbox: Sandbox | null }> {
  const env = processEnvironment()
  if (isProduction(env)) return { config: readConfig(env), sandbox: null }
  const secret = await developmentSecret()
  const config = readConfig(env, secret)
  if (!config.sandbox) return { config, sandbox: null }
  const { startSandboxes } = await import('./sandbox/start-sandboxes.ts')
  const sandboxes = await startSandboxes(config, DEVELOPMENT_DATA)
  stops.push(sandboxes.close)
  return { config: readConfig(processEnvironment(sandboxes.environment), secret), sandbox: sandboxes }
}

async function startDatabase(stops: Stop[]): Promise<string> {
  const { startEmbeddedServer } = await import('./db/embedded-server.ts')
  const database = await startEmbeddedServer({ dataDir: `${DEVELOPMENT_DATA}postgres` })
  stops.push(database.stop)
  await noteDatabaseUrl(database.url)
  return database.url
}

async function greeting(around: Surroundings, sandbox: Sandbox): Promise<string> {
  const operator = composeOperator(around)
  const adminLink = await makeAdminLink(operator, userInfo().username)
  await operator.database.close()
  return `
Causeway is running, with a sandbox in place of HighLevel and ActiveTrail.

  Open this      ${sandbox.url}

  ActiveTrail    ${sandbox.activeTrailUrl}
    access token ${sandbox.activeTrailToken}
  Console        ${adminLink}
                 (opens once; another one: npm run admin-link)

Ctrl-C stops everything; the data stays in .causeway/.
`
}

await start()
