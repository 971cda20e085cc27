import type { Company } from '../../src/sandbox/highlevel/data.ts'
import { companyTenantId, locationTenantId } from '../../src/tenants/tenant-id.ts'
import type { Line } from '../support/line.ts'
import { eventually } from '../support/people.ts'
import { becomes } from './installed.ts'

/** An agency of the sandbox, and what we know of it. */
export type Agency = {
  companyId: string
  tenantId: string
  locationIds(): string[]
  tenantOf(locationId: string): string
  /** New ones, of which it tells nothing. */
  openUntold(count: number): string[]
  /** Installs for the agency, and for the locations chosen or all of them. */
  install(options?: { locationIds?: string[]; futureLocations?: boolean }): Promise<void>
  /** How many of these locations are in each state here. */
  statuses(locationIds: string[]): Promise<Record<string, number>>
  allBecome(locationIds: string[], status: string, forMs?: number): Promise<unknown>
  /** How often each location's token was asked for since the requests were cleared. */
  exchanges(): Record<string, number>
  /** No webhook is on its way, and no delivery and no job waits for the worker; but what is put off may. */
  quiet(): Promise<void>
}

export function agencyOf(line: Line, company: Company): Agency {
  const { control } = line.highLevel
  const { sql } = line.database.system
  const tenantOf = (locationId: string): string => locationTenantId(line.config.highLevel.appId, locationId)
  const tenantId = companyTenantId(line.config.highLevel.appId, company.id)
  const statuses = async (locationIds: string[]): Promise<Record<string, number>> => {
    const rows = await sql('installations').whereIn('tenant_id', locationIds.map(tenantOf)).pluck('status')
    return countOf(rows)
  }
  const locationIds = (): string[] => control.locations(company.id).map(({ id }) => id)
  return {
    companyId: company.id,
    tenantId,
    tenantOf,
    locationIds,
    openUntold: (count) => {
      const known = locationIds().length
      control.dropNextWebhooks(count)
      control.createLocations(company.id, count)
      control.dropNextWebhooks(0)
      return locationIds().slice(known)
    },
    install: async (options = {}) => {
      const answer = await fetch(control.installCompany(company.id, options))
      if (answer.status !== 200) throw new Error(`The agency did not install: ${answer.status}`)
      await becomes(line, tenantId, 'unclaimed')
    },
    statuses,
    allBecome: (locationIds, status, forMs) =>
      eventually(
        () => statuses(locationIds),
        (seen) => seen[status] === locationIds.length,
        forMs,
      ),
    exchanges: () =>
      countOf(
        control
          .requests({ path: '/oauth/locationToken' })
          .map(({ body }) => (body as { locationId: string }).locationId),
      ),
    quiet: async () => {
      await control.webhooksSettled(20_000)
      await eventually(
        () => sql('deliveries').where({ state: 'received' }).pluck('id'),
        (ids) => ids.length === 0,
        20_000,
      )
      await eventually(
        () => jobsAtWork(line),
        (jobs) => jobs.length === 0,
        20_000,
      )
    },
  }
}

/** The jobs for companies that run, or could. */
async function jobsAtWork(line: Line): Promise<string[]> {
  const { rows } = await line.database.system.sql.raw<{ rows: { name: string }[] }>(
    `select name from pgboss.job
     where name in ('mint-location-tokens', 'find-locations', 'reconcile-company')
       and (state = 'active' or (state in ('created', 'retry') and start_after <= now()))`,
  )
  return rows.map(({ name }) => name)
}

function countOf(values: string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1
  return counts
}

export const onceEach = (ids: string[]): Record<string, number> => Object.fromEntries(ids.map((id) => [id, 1]))

/** Answers of the sandbox that said: slow down. */
export const refusedForHaste = (line: Line): number =>
  line.highLevel.control.requests().filter(({ status }) => status === 429).length
