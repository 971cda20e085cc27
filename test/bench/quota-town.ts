import { randomBytes } from 'node:crypto'
import { readConfig } from '../../src/config.ts'
import { startEmbeddedServer } from '../../src/db/embedded-server.ts'
import { migrate } from '../../src/migrate.ts'
import { registerApp } from '../../src/sandbox/register-app.ts'
import { locationTenantId } from '../../src/tenants/tenant-id.ts'
import { type Helper, startHelper } from './helper-process.ts'
import type { QuotaActions, QuotaWork } from './quota-process.ts'
import type { QuotaServerActions } from './quota-server-process.ts'

export type QuotaTown = {
  server: Helper<QuotaServerActions>
  /** Locations whose limits nobody has used yet. */
  newTenants(count: number): Promise<QuotaWork['tenants']>
  startProcesses(count: number): Helper<QuotaActions>[]
}

/** A durable Postgres, the platform, and what starts processes that call it. */
export async function openQuotaTown(started: (stop: () => Promise<void>) => void): Promise<QuotaTown> {
  const database = await startEmbeddedServer()
  started(database.stop)
  await migrate({ databaseUrl: database.url })
  const start = <A extends Record<string, (input: never) => unknown>>(file: string, args: string[]): Helper<A> => {
    const helper = startHelper<A>(file, { args })
    started(() => helper.stop('SIGKILL'))
    return helper
  }
  const registration = registerApp({
    highLevel: readConfig({}, randomBytes(32)).highLevel,
    baseUrl: 'http://127.0.0.1:9',
  })
  const server = start<QuotaServerActions>('./quota-server-process.ts', [JSON.stringify(registration)])
  const url = await server.ask('listen', null)
  return {
    server,
    newTenants: async (count) =>
      (await server.ask('open', { count })).map((tenant) => ({
        ...tenant,
        tenantId: locationTenantId('bench', tenant.locationId),
      })),
    startProcesses: (count) =>
      Array.from({ length: count }, () => start<QuotaActions>('./quota-process.ts', [database.url, url])),
  }
}
