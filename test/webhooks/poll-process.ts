import { composeCore } from '../../src/compose/core.ts'
import { readConfig } from '../../src/config.ts'
import { createQueue } from '../../src/jobs/queue.ts'
import { createLogger } from '../../src/lib/logger.ts'
import { pollDue } from '../../src/polls/poll-due.ts'

/** A process that looks for gaps at a time that is given, and is killed when it asks for a page for the n-th time. */
const [time, fatal] = process.argv.slice(2).map(Number)
const now = (): number => Number(time)

const config = readConfig()
const databaseUrl = String(config.databaseUrl)
const log = createLogger({ level: 'silent' })
const queue = createQueue({ databaseUrl, log, role: 'enqueue' })
const core = composeCore({ config, databaseUrl, log, now }, queue)
let asked = 0
const tenantApi: typeof core.tenantApi = (tenantId, priority) => async (request) => {
  if (++asked === fatal) process.kill(process.pid, 'SIGKILL')
  return core.tenantApi(tenantId, priority)(request)
}

await queue.start()
await pollDue({ ...core, tenantApi })
await queue.stop(1000)
await core.closeDatabases()
