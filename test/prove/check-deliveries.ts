import type { Knex } from 'knex'
import { eventually } from '../support/people.ts'
import { type Finding, none } from './finding.ts'
import type { Ground } from './ground.ts'
import type { KnownContact, Traffic } from './traffic.ts'

const LONGEST_QUIET_MS = 300_000

/** Waits until nothing is left to be worked on; how many are left if that takes too long. */
export async function untilSettled(sql: Knex, longestMs = LONGEST_QUIET_MS): Promise<number> {
  const waiting = () => sql('deliveries').where({ state: 'received' }).limit(1).pluck('id')
  await eventually(waiting, (ids) => ids.length === 0, longestMs).catch(() => {})
  const [left] = await sql('deliveries').where({ state: 'received' }).count()
  return Number(left?.count)
}

/** Waits until everything is settled, then compares what was acknowledged with what is there. */
export async function checkDeliveries(ground: Ground, acknowledged: Set<string>, traffic: Traffic): Promise<Finding[]> {
  const { sql } = ground
  await untilSettled(sql)
  const rows = await sql('deliveries')
    .whereIn('delivery_id', [...acknowledged])
    .select('id', 'delivery_id', 'state', 'reason')
  const byId = new Map(rows.map((row) => [row.delivery_id, row]))
  const concerned = rows.filter((row) => traffic.contactEvents.has(row.delivery_id) && row.state !== 'dead')
  const runs = await countRuns(
    sql,
    concerned.map((row) => row.id),
  )
  const count = <Row>(all: Row[], matches: (row: Row) => boolean): number => all.filter(matches).length
  const found = await countAtPartner(ground, traffic.contacts)
  const unlike = ({ name, expected }: AtPartner): boolean => name !== undefined && name !== expected
  return [
    none(
      'R1',
      'acknowledged deliveries lost',
      count([...acknowledged], (id) => !byId.has(id)),
    ),
    none(
      'R1',
      'acknowledged deliveries neither done, ignored nor dead with a reason',
      count(rows, (row) => !isFinished(row)),
    ),
    none(
      'R1',
      'acknowledged deliveries dead',
      count(rows, (row) => row.state === 'dead'),
    ),
    none('R1', 'jobs given up', await countFailedJobs(sql)),
    none(
      'R1',
      'contacts missing at the partner',
      count(found, ({ times }) => times === 0),
    ),
    none('R1', 'contacts not in their last state at the partner', count(found, unlike)),
    none('R1', 'deliveries finished before an earlier one of their contact', await countOvertaken(sql)),
    none('R2', 'deliveries stored twice', rows.length - byId.size),
    none(
      'R2',
      'deliveries without exactly one finished run',
      count(concerned, (row) => runs.get(row.id) !== 1),
    ),
    none(
      'R2',
      'contacts twice at the partner',
      count(found, ({ times }) => times > 1),
    ),
  ]
}

const isFinished = (row: { state: string; reason: string | null }): boolean =>
  row.state === 'done' || row.state === 'ignored' || (row.state === 'dead' && row.reason !== null)

/** How many finished runs each delivery has; one that is not finished counts as many. */
async function countRuns(sql: Knex, deliveryIds: string[]): Promise<Map<string, number>> {
  const found = await sql('runs').whereIn('delivery_id', deliveryIds).select('delivery_id', 'finished_at')
  const counts = new Map<string, number>()
  for (const { delivery_id: id, finished_at: at } of found) counts.set(id, (counts.get(id) ?? 0) + (at ? 1 : 100))
  return counts
}

async function countFailedJobs(sql: Knex): Promise<number> {
  const { rows } = await sql.raw(`select count(*) as jobs from pgboss.job where state = 'failed'`)
  return Number(rows[0].jobs)
}

/** Ids follow the order of storing: within one ordering key the later one is finished later. */
async function countOvertaken(sql: Knex): Promise<number> {
  const { rows } = await sql.raw(`
    select count(*) as overtaken
    from (select finished_at < lag(finished_at) over (partition by tenant_id, ordering_key order by id) as is_before
          from deliveries where state in ('done', 'ignored', 'dead')) as finished
    where is_before`)
  return Number(rows[0].overtaken)
}

type AtPartner = { times: number; name: unknown; expected: unknown }

/** How often each contact is at the partner, under which name, and which it has at HighLevel. */
async function countAtPartner({ line }: Ground, contacts: KnownContact[]): Promise<AtPartner[]> {
  const found = new Map<string, unknown[]>()
  for (const token of new Set(contacts.map(({ tenant }) => tenant.token))) {
    for (const { email, first_name: name } of line.activeTrail.control.contacts(token)) {
      found.set(String(email), [...(found.get(String(email)) ?? []), name])
    }
  }
  return contacts.map(({ email, contactId }) => {
    const names = found.get(email) ?? []
    return { times: names.length, name: names[0], expected: line.highLevel.control.contact(contactId)?.firstName }
  })
}
