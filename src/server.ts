import { composeWeb } from './compose/web.ts'
import { listen } from './http/listen.ts'
import { createLogger } from './lib/logger.ts'
import { runUntilStopped } from './lib/run-until-stopped.ts'
import { endWithSentence, processConfig } from './process-config.ts'

/** Long enough for senders to hear of it with an answer, and for whoever asks /readyz. */
const LINGER_MS = 1500

const { config, databaseUrl } = await processConfig()
const log = createLogger({ level: config.logLevel })
const web = composeWeb({ config, databaseUrl, log })
await web.start().catch(endWithSentence)
const server = await listen(web.app, config.port)
log.info({ port: server.port }, 'web is listening')

runUntilStopped(async () => {
  web.announceStop()
  await server.close({ lingerMs: LINGER_MS })
  await web.stop()
  log.info({}, 'web stopped')
})
