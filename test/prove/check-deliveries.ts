import type { Line } from '../support/line.ts'
import { eventually } from '../support/people.ts'
import type { Traffic } from './traffic.ts'

export type Findings = {
  lost: number
  unfinished: number
  dead: number
  storedTwice: number
  /** Deliveries of a contact that came to no run, to several, or to one that is not finished. */
  withoutOneRun: number
  missingAtPartner: number
  twiceAtPartner: number
  jobsLeft: number
}

const LONGEST_QUIET_MS = 300_000

/** Waits until everything is settled, then compares what was acknowledged with what is there. */
export async function checkDeliveries(line: Line, acknowledged: Set<string>, traffic: Traffic): Promise<Findings> {
  const { sql } = line.database.system
  const waiting = () => sql('deliveries').where({ state: 'received' }).limit(20).pluck('id')
  await eventually(waiting, (ids) => ids.length === 0, LONGEST_QUIET_MS).catch(() => {})
  await eventually(countJobsLeft, (jobs) => jobs === 0, 20_000).catch(() => {})

  const rows = await sql('deliveries')
    .whereIn('delivery_id', [...acknowledged])
    .select('id', 'delivery_id', 'state', 'reason')
  const byId = new Map(rows.map((row) => [row.delivery_id, row]))
  const concerned = rows.filter((row) => traffic.contactEvents.has(row.delivery_id))
  const runs = await runsOf(concerned.map((row) => row.id))
  const partner = countAtPartner(line, traffic)
  return {
    lost: [...acknowledged].filter((id) => !byId.has(id)).length,
    unfinished: rows.filter((row) => !isFinished(row)).length,
    dead: rows.filter((row) => row.state === 'dead').length,
    storedTwice: rows.length - byId.size,
    withoutOneRun: concerned.filter((row) => row.state !== 'dead' && runs.get(row.id) !== 1).length,
    ...partner,
    jobsLeft: await countJobsLeft(),
  }

  async function countJobsLeft(): Promise<number> {
    const { rows } = await sql.raw(
      `select count(*) as jobs from pgboss.job where name = 'work-inbox' and state <> 'completed'`,
    )
    return rows[0].jobs
  }
  /** How many finished runs each delivery has; one that is not finished counts as many. */
  async function runsOf(deliveryIds: string[]): Promise<Map<string, number>> {
    const found = await sql('runs').whereIn('delivery_id', deliveryIds).select('delivery_id', 'finished_at')
    const counts = new Map<string, number>()
    for (const { delivery_id: id, finished_at: at } of found) counts.set(id, (counts.get(id) ?? 0) + (at ? 1 : 100))
    return counts
  }
}

const isFinished = (row: { state: string; reason: string | null }): boolean =>
  row.state === 'done' || row.state === 'ignored' || (row.state === 'dead' && row.reason !== null)

function countAtPartner(line: Line, traffic: Traffic): Pick<Findings, 'missingAtPartner' | 'twiceAtPartner'> {
  const found = new Map<string, number>()
  for (const token of new Set([...traffic.emails.values()].map((tenant) => tenant.token))) {
    for (const { email } of line.activeTrail.control.contacts(token))
      found.set(String(email), (found.get(String(email)) ?? 0) + 1)
  }
  const counts = [...traffic.emails.keys()].map((email) => found.get(email) ?? 0)
  return {
    missingAtPartner: counts.filter((count) => count === 0).length,
    twiceAtPartner: counts.filter((count) => count > 1).length,
  }
}
