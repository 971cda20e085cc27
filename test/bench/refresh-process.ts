import { composeWorker } from '../../src/compose/worker.ts'
import { readConfig } from '../../src/config.ts'
import { createLogger } from '../../src/lib/logger.ts'
import { answerParent } from './helper-process.ts'

/** The product's worker, told how many renewals may be under way, and asked for tokens as the product's own parts ask. */
export type RefreshSettings = { leaseMs?: number; renewalsInFlight?: number }

export type TokenCall = { ms: number; token: string | null; error: string | null }

const settings: RefreshSettings = JSON.parse(process.argv[2] ?? '{}')
const config = readConfig()
const log = createLogger({ level: 'warn' })
const worker = composeWorker({ config, databaseUrl: String(config.databaseUrl), log, ...settings })

const actions = {
  work: (): Promise<void> => worker.start(),
  rest: (): Promise<void> => worker.stop(5000),
  /** So many callers at once that need the tenant's token. */
  call: ({ tenantId, callers }: { tenantId: string; callers: number }): Promise<TokenCall[]> =>
    Promise.all(Array.from({ length: callers }, () => callOnce(tenantId))),
  /** Milliseconds of CPU since the process started. */
  cpu: (): number => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1000
  },
}

export type RefreshActions = typeof actions

async function callOnce(tenantId: string): Promise<TokenCall> {
  const begun = performance.now()
  const told = await worker.accessTokens.getAccessToken(tenantId).then(
    (token) => ({ token, error: null }),
    (error) => ({ token: null, error: String(error.code ?? error.name) }),
  )
  return { ms: performance.now() - begun, ...told }
}

answerParent(actions)
