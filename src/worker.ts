import { composeWorker } from './compose/worker.ts'
import { createLogger } from './lib/logger.ts'
import { runUntilStopped } from './lib/run-until-stopped.ts'
import { endWithSentence, processConfig } from './process-config.ts'

/** Platforms kill a process about half a minute after asking it to stop. */
const STOP_MS = 20_000

const { config, databaseUrl } = await processConfig()
const log = createLogger({ level: config.logLevel })
const worker = composeWorker({ config, databaseUrl, log })
await worker.start().catch(endWithSentence)
log.info({}, 'worker is working')

runUntilStopped(async () => {
  await worker.stop(STOP_MS)
  log.info({}, 'worker stopped')
})
