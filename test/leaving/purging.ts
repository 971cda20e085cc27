import { setTimeout as sleep } from 'node:timers/promises'
import type { Knex } from 'knex'
import pg from 'pg'
import type { Database } from '../../src/db/database.ts'
import { purgeNow } from '../../src/leaving/purge-now.ts'
import { newId } from '../../src/lib/ids.ts'
import { type Account, openAccount } from '../support/account.ts'
import { type Line, startLine } from '../support/line.ts'
import { accountOf, becomes } from '../tenants/installed.ts'
import { tenantWork } from './tenant-work.ts'

export const OPERATOR = { kind: 'operator', id: 'alex' } as const

export type Purging = {
  line: Line
  work: ReturnType<typeof tenantWork>
  /** Moves the product's clock, and the destruction of keys into the past. */
  wait(ms: number): Promise<void>
  /** An account with a row in every table but leases, about a person whom nobody else is. */
  furnished(position: number): Promise<{ account: Account; secrets: Record<string, string> }>
  uninstalled(account: Account): Promise<void>
  /** Its grace period is over. */
  due(account: Account): Promise<void>
  purge(account: Account): Promise<string | undefined>
  rows(table: string, account: Account): Knex.QueryBuilder
  /** A process that is killed after so many transactions: what it had committed stays, and nothing more happens. */
  dyingAfter(transactions: number): Database
  close(): Promise<void>
}

export async function startPurging(): Promise<Purging> {
  let later = 0
  const now = (): number => Date.now() + later
  const line = await startLine({ now })
  const work = tenantWork(line, now)
  await work.start()
  const rows: Purging['rows'] = (table, { tenantId }) => line.database.system.sql(table).where({ tenant_id: tenantId })
  return {
    line,
    work,
    wait: async (ms) => {
      later += ms
      const client = new pg.Client({ connectionString: line.databaseUrl })
      await client.connect()
      await client.query("update destroyed_keys set destroyed_at = destroyed_at - $1 * interval '1 ms'", [ms])
      await client.end()
    },
    furnished: (position) => furnish(line, work, position),
    uninstalled: async (account) => {
      line.highLevel.control.uninstall({ locationId: account.locationId })
      await becomes(line, account.tenantId, 'uninstalled')
      await account.settled()
      await sleep(1000) // the product's clock is put right by the platform's, which counts whole seconds
    },
    due: async (account) => {
      await rows('installations', account).update({ purge_at: new Date(0) })
    },
    purge: ({ tenantId }) => purgeNow(work, { tenantId, actor: OPERATOR, reason: 'asked for' }),
    rows,
    dyingAfter: (transactions) => {
      let left = transactions
      return {
        ...work.database,
        asTenant: (tenantId, run) => {
          left -= 1
          return left < 0 ? Promise.reject(new Error('killed')) : work.database.asTenant(tenantId, run)
        },
      }
    },
    close: async () => {
      await work.stop()
      await line.close()
    },
  }
}

async function furnish(line: Line, work: Purging['work'], position: number): ReturnType<Purging['furnished']> {
  const account = await openAccount(line, position)
  const person = {
    firstName: `Quirinalia-${position}`,
    lastName: `Xanthopoulou-${position}-Vries`,
    email: `quirinalia.${position}.xv@leak-canary.example`,
    phone: `+4915799887${position}66`,
    city: `Oberunterammerbach-${position}`,
  }
  const contact = await account.create({ ...person, tags: [`canary-tag-${position}`] })
  await work.accessTokens.getAccessToken(account.tenantId, await work.accessTokens.getAccessToken(account.tenantId))
  await line.database.system.sql('delivery_orders').insert({
    ...{
      tenant_id: account.tenantId,
      id: newId(),
      action: 'replay',
      filter: {},
      reason: person.lastName,
      operator: 'alex',
    },
    ...{ asked_at: new Date(), expected: 0, finished_at: new Date() },
  })
  await insertBackfill(line, account)
  const name = String(line.highLevel.control.locations()[position]?.name)
  const { adminId } = accountOf(line, position)
  return { account, secrets: { ...person, contact, name, user: adminId, token: account.token } }
}

async function insertBackfill(line: Line, { tenantId, connectionId }: Account): Promise<void> {
  const [backfillId, at] = [newId(), new Date()]
  const about = { connection_id: connectionId, object: 'contact', source: 'highlevel', mapping_version: 1 }
  await line.database.system.sql('backfills').insert({
    ...{ tenant_id: tenantId, id: backfillId, flow_id: newId(), ...about, status: 'planned', asked_by: 'alex' },
    ...{ created_at: at, updated_at: at },
  })
  await line.database.system.sql('backfill_records').insert({
    ...{ tenant_id: tenantId, backfill_id: backfillId, phase: 'plan', record_id: 'record', pending: true },
    updated_at: at,
  })
}
