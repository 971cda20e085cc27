import { composeWorker } from '../../src/compose/worker.ts'
import { readConfig } from '../../src/config.ts'
import { createLogger } from '../../src/lib/logger.ts'

/** A process of its own that needs access tokens. Its parent says when, whose and how many times. */
export type Ask = { tenantId: string; calls: number }
export type Answer = { token: string } | { refused: string }

const config = readConfig()
const worker = composeWorker({
  config,
  databaseUrl: String(config.databaseUrl),
  log: createLogger({ level: 'silent' }),
  leaseMs: Number(process.argv[2]),
})

const one = (tenantId: string): Promise<Answer> =>
  worker.accessTokens.getAccessToken(tenantId).then(
    (token) => ({ token }),
    (error) => ({ refused: error.code ?? error.name }),
  )

process.on('message', async ({ tenantId, calls }: Ask) => {
  process.send?.(await Promise.all(Array.from({ length: calls }, () => one(tenantId))))
})
process.on('disconnect', () => process.exit(0))
process.send?.('ready')
