import { setTimeout as sleep } from 'node:timers/promises'
import { locationTenantId } from '../../src/tenants/tenant-id.ts'
import { flagsOf } from '../support/flags-of.ts'
import { type Measure, measuring } from '../support/report.ts'
import type { BackfillActions, ReadReport } from './backfill-process.ts'
import { type Helper, startHelper } from './helper-process.ts'
import type { BenchOptions } from './options.ts'
import { medianOf } from './quantiles.ts'
import { inviteStrangers, type Stranger, settleOne } from './settle-in.ts'
import { openTown } from './town.ts'

const PAGE = 500
const CALLS_A_SECOND = 10
/** Less than the limit of ten seconds, twice. */
const PLAIN_PAGES = 40
/** Beside what there was after the first pages. */
const MOST_GROWTH_MB = 64

/** P11: the read of a large account, undisturbed and killed once, under the sandbox's limit. */
export async function benchBackfillRead(
  options: BenchOptions,
  started: (stop: () => Promise<void>) => void,
): Promise<Measure[]> {
  const { contacts, latency, seed } = options
  const town = await openTown(started)
  await town.worker.stop() // its calls would count
  const { locationId } = await settleOne(town)
  await town.sandbox.ask('addContacts', { locationId, count: contacts })
  const tenantId = locationTenantId(town.registration.appId, locationId)
  const how = { env: town.environment, execArgv: await flagsOf('worker') }
  const start = (): Helper<BackfillActions> => {
    const helper = startHelper<BackfillActions>('./backfill-process.ts', how)
    started(() => helper.stop())
    return helper
  }
  const calls = Math.ceil(contacts / PAGE)
  const measure = measuring(seed)
  const [stranger] = await inviteStrangers(town, 1)
  if (!stranger) throw new Error('Nobody came.')
  await town.sandbox.ask('addContacts', { locationId: stranger.locationId, count: PLAIN_PAGES * PAGE })
  await town.sandbox.ask('takeSearches', { delayMs: latency })
  const before = await readPlainly(town.highLevelUrl, stranger)
  const undisturbed = await readOnce(start, { tenantId, locationId })
  const after = await readPlainly(town.highLevelUrl, stranger)
  const answered = (before + after) / 2
  const floor = Math.max(calls / CALLS_A_SECOND, calls * answered)
  await town.sandbox.ask('takeSearches', { delayMs: latency })
  await sleep(10_500) // the limit of the ten seconds before
  const killed = await readKilled(start, { tenantId, locationId }, (floor * 1000) / 2)
  const searches = await town.sandbox.ask('takeSearches', { delayMs: 0 })
  const refusals = await town.sandbox.ask('refusals', null)
  const growth = undisturbed.rssMost - undisturbed.rssBefore
  const name = `${contacts.toLocaleString('en')} contacts, ${latency} ms`
  const plain = `${name}: a page read by a client that does nothing else`
  const within = undisturbed.seconds <= 1.15 * floor
  return [
    measure({ id: 'P11', name: plain, value: answered * 1000 }),
    measure({
      id: 'P11',
      name: `${name}: read`,
      value: undisturbed.seconds,
      unit: 's',
      floor,
      goal: 'ratio ≤ 1.15',
      met: within,
    }),
    exactly(measure, `${name}: contacts read`, undisturbed.contacts, contacts),
    exactly(measure, `${name}: calls refused`, refusals, 0),
    measure({
      ...{ id: 'P11', name: `${name}: memory, beyond that after 20 pages`, value: growth, unit: 'MB' },
      ...{ goal: `≤ ${MOST_GROWTH_MB}`, met: growth <= MOST_GROWTH_MB },
    }),
    measure({
      ...{ id: 'P11', name: `${name}: killed half-way, pages read again`, value: searches - calls - 1, unit: '' },
      ...{ goal: '≤ 1', met: searches - calls - 1 <= 1 },
    }),
    measure({ id: 'P11', name: `${name}: read by whoever took over`, value: killed.contacts, unit: '' }),
  ]
}

const exactly = (measure: ReturnType<typeof measuring>, name: string, value: number, goal: number): Measure =>
  measure({ id: 'P11', name, value, unit: '', goal: String(goal), met: value === goal })

/** Seconds for a page: asked for behind the one before, and parsed; the middle of several. */
async function readPlainly(url: string, { locationId, accessToken }: Stranger): Promise<number> {
  const headers = { authorization: `Bearer ${accessToken}`, version: '2021-07-28', 'content-type': 'application/json' }
  const sort = [{ field: 'dateAdded', direction: 'asc' }]
  const seconds: number[] = []
  let searchAfter: unknown[] | undefined
  for (let page = 0; page < PLAIN_PAGES; page++) {
    const begunAt = performance.now()
    const body = JSON.stringify({ locationId, pageLimit: PAGE, sort, ...(searchAfter ? { searchAfter } : { page: 1 }) })
    const answer = await fetch(`${url}/contacts/search`, { method: 'POST', headers, body })
    const { contacts } = (await answer.json()) as { contacts: { searchAfter: unknown[] }[] }
    searchAfter = contacts.at(-1)?.searchAfter
    seconds.push((performance.now() - begunAt) / 1000)
  }
  return medianOf(seconds)
}

type Where = { tenantId: string; locationId: string }

async function readOnce(start: () => Helper<BackfillActions>, where: Where): Promise<ReadReport> {
  const reading = start()
  const backfillId = await reading.ask('begin', where)
  const report = await reading.ask('read', { ...where, backfillId })
  await reading.stop()
  return report
}

const PATIENCE_MS = 4000

async function readKilled(start: () => Helper<BackfillActions>, where: Where, afterMs: number): Promise<ReadReport> {
  const first = start()
  const backfillId = await first.ask('begin', where)
  const begun = first.ask('read', { ...where, backfillId }).catch(() => undefined)
  await sleep(afterMs)
  first.signal('SIGKILL')
  await begun
  await sleep(PATIENCE_MS) // until its turn has run out
  const second = start()
  const report = await second.ask('read', { ...where, backfillId })
  await second.stop()
  return report
}
