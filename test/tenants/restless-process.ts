import { setTimeout as sleep } from 'node:timers/promises'
import { composeWorker } from '../../src/compose/worker.ts'
import { readConfig } from '../../src/config.ts'
import { createLogger } from '../../src/lib/logger.ts'

/** A process of its own that reads and refreshes the tokens of the tenants named, all the time, until it is told to stop. */
export type Restless = { reads: number; tokens: number; failures: string[] }

// A minute, for which keys are kept at hand, lasts a tenth of a second here: keys are read all the time as well.
const realNow = performance.now.bind(performance)
performance.now = () => realNow() * 600

const config = readConfig()
const { accessTokens } = composeWorker({
  config,
  databaseUrl: String(config.databaseUrl),
  log: createLogger({ level: 'silent' }),
})
const seen = new Set<string>()
const failures: string[] = []
let reads = 0
let isStopped = false

async function work(tenantId: string): Promise<void> {
  let last: string | undefined
  for (let round = 0; !isStopped; round++) {
    last = await accessTokens.getAccessToken(tenantId, round % 10 === 9 ? last : undefined)
    seen.add(last)
    reads++
    await sleep(15)
  }
}

const all = Promise.all(
  process.argv.slice(2).map((tenantId) => work(tenantId).catch((error) => failures.push(error.code ?? error.name))),
)
process.on('message', async () => {
  isStopped = true
  await all
  process.send?.({ reads, tokens: seen.size, failures } satisfies Restless)
})
process.on('disconnect', () => process.exit(0))
process.send?.('ready')
