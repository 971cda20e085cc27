import { composeTenantWork } from '../compose/operator.ts'
import { createLogger } from '../lib/logger.ts'
import { processConfig } from '../process-config.ts'

export type TenantWork = ReturnType<typeof composeTenantWork>

/** Runs `work` with what commands about tenants need, and closes it again. */
export async function withTenantWork(work: (deps: TenantWork) => Promise<void>): Promise<void> {
  const { config, databaseUrl } = await processConfig()
  const deps = composeTenantWork({ config, databaseUrl, log: createLogger({ level: config.logLevel }) })
  try {
    await deps.start()
    await work(deps)
  } finally {
    await deps.stop()
  }
}
