import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { type Measure, measuring } from '../support/report.ts'
import { monotonic } from './clock.ts'
import { type LineRun, runLine } from './line-run.ts'
import type { BenchOptions } from './options.ts'
import type { Call } from './sandbox-process.ts'
import { createRandom } from './schedule.ts'
import { type Settled, settleOne } from './settle-in.ts'
import { openTown, type Town } from './town.ts'

const CALLS_A_SECOND = 10
const LARGE = 100_000
/** 95 % of the quota to one call for each contact. */
const GOAL_SECONDS = 10_560
const DAY_SHARE = 160_000
const LOOK_EVERY_MS = 100
const LIVE = { rate: 1, seconds: 40, partnerMs: 50 }
/** The first calls of a run come from an empty log: they go faster than those that follow. */
const SETTLING_MS = 11_000
const LONGEST_MS = 15 * 60_000

type Run = { calls: Call[]; begunAt: number; writtenAt: number; doneAt: number }
type Place = { town: Town; database: Client; owner: Settled; flowId: string }

/** P12: contacts of a partner are brought over by the worker as it is, under the sandbox's limit; then while people work there. */
export async function benchBackfillWrite(
  options: BenchOptions,
  started: (stop: () => Promise<void>) => void,
): Promise<Measure[]> {
  const town = await openTown(started)
  const database = new Client({ connectionString: town.databaseUrl })
  await database.connect()
  started(() => database.end())
  const owner = await settleOne(town)
  const flowId = await switchOnTheWayBack(owner)
  const place: Place = { town, database, owner, flowId }
  await town.sandbox.ask('addPartnerContacts', { token: owner.token, count: options.writes })
  const alone = await bringOver(place)
  const again = await bringOver(place)
  await town.sandbox.ask('addPartnerContacts', { token: owner.token, count: Math.ceil(LIVE.seconds * 8) })
  const random = createRandom(options.seed)
  let live: LineRun | undefined
  await bringOver(place, async () => {
    live = await runLine(town, database, { ...LIVE, random, known: [] })
  })
  if (!live) throw new Error('Nothing happened meanwhile.')
  const refusals = await town.sandbox.ask('refusals', null)
  return measuresOf(options, { alone, again, live, refusals })
}

async function switchOnTheWayBack({ request, connectionId }: Settled): Promise<string> {
  const { id } = await request<{ id: string }>('POST', '/settings/flows', {
    ...{ kind: 'ready', connectionId, key: 'contacts_back' },
  })
  await request('PUT', `/settings/flows/${id}/switch`, { enabled: true })
  return id
}

/** Planned, tested and run; `meanwhile` begins with the run. */
async function bringOver(
  { town, database, owner, flowId }: Place,
  meanwhile: () => Promise<void> = async () => {},
): Promise<Run> {
  const { id } = await owner.request<{ id: string }>('POST', '/settings/backfills', { flowId })
  const becomes = (status: string): Promise<void> => untilIt(database, id, status)
  await becomes('planned')
  await owner.request('POST', `/settings/backfills/${id}/test`)
  await becomes('tested')
  await sleep(SETTLING_MS)
  await town.sandbox.ask('takeCalls', null)
  const begunAt = monotonic()
  await owner.request('POST', `/settings/backfills/${id}/run`, { confirmed: true })
  const [writtenAt] = await Promise.all([untilWritten(database, id), meanwhile()])
  await becomes('done')
  return { calls: await town.sandbox.ask('takeCalls', null), begunAt, writtenAt, doneAt: monotonic() }
}

const rowOf = async (database: Client, id: string) =>
  (await database.query('select status, place, done from backfills where id = $1', [id])).rows[0]

async function untilIt(database: Client, id: string, status: string): Promise<void> {
  for (const deadline = Date.now() + LONGEST_MS; ; await sleep(LOOK_EVERY_MS)) {
    const row = await rowOf(database, id)
    if (row.status === status) return
    if (Date.now() > deadline || row.status === 'failed') throw new Error(`It stands at ${JSON.stringify(row)}.`)
  }
}

/** Everything was looked at once: what follows is the second look at what may have changed. */
async function untilWritten(database: Client, id: string): Promise<number> {
  for (const deadline = Date.now() + LONGEST_MS; ; await sleep(LOOK_EVERY_MS)) {
    const { place, status } = await rowOf(database, id)
    if (status !== 'running' || place?.isAgain === true || place?.pass === 'through') return monotonic()
    if (Date.now() > deadline) throw new Error(`It stands at ${JSON.stringify(place)}.`)
  }
}

type Seen = { alone: Run; again: Run; live: LineRun; refusals: number }

function measuresOf({ seed, writes }: BenchOptions, { alone, again, live, refusals }: Seen): Measure[] {
  const measure = measuring(seed)
  const p12 = (name: string, value: number, unit: string, more: Partial<Measure> = {}): Measure =>
    measure({ id: 'P12', name, value, unit, ...more })
  const first = alone.calls.filter(({ at }) => at <= alone.writtenAt)
  const steady = alone.calls.filter(({ at }) => at > alone.begunAt + SETTLING_MS && at <= lastCreation(alone))
  const steadySeconds = (lastCreation(alone) - alone.begunAt - SETTLING_MS) / 1000
  const created = countOf(first, 'create')
  const perContact = first.length / created
  const perSecond = countOf(steady, 'create') / steadySeconds
  const share = perSecond / CALLS_A_SECOND
  const secondLook = ((alone.doneAt - alone.writtenAt) / 1000 / writes) * LARGE
  const estimate = LARGE / perSecond
  const hours = (seconds: number): number => seconds / 3600
  return [
    p12('contacts created', created, ''),
    p12('calls for each new one', perContact, '', { goal: '≤ 1.05', met: perContact <= 1.05 }),
    ...kinds(first).map(([kind, count]) => p12(`of them: ${kind}`, count / created, '')),
    p12('share of the quota that creates contacts', share, '', { goal: '≥ 0.95', met: share >= 0.95 }),
    p12('100,000 at this rate', hours(estimate), 'h', { goal: '≤ 2.93', met: estimate <= GOAL_SECONDS }),
    p12('100,000 at this rate: share of what a day leaves to imports', (perContact * LARGE) / DAY_SHARE, '', {
      ...{ goal: '≤ 1', met: perContact * LARGE <= DAY_SHARE },
    }),
    p12('the second look at 100,000, which writes nothing', hours(secondLook), 'h'),
    p12('calls for each one that is there and in step', again.calls.length / writes, '', {
      ...{ goal: '≤ 0.05', met: again.calls.length / writes <= 0.05 },
    }),
    p12('calls refused', refusals, '', { goal: '0', met: refusals === 0 }),
    p12('meanwhile: webhook → ActiveTrail answered, p50', live.answered.p50, 'ms'),
    p12('meanwhile: webhook → ActiveTrail answered, p99', live.answered.p99, 'ms', {
      ...{ goal: '≤ 5,000', met: live.answered.p99 <= 5000 },
    }),
  ]
}

const countOf = (calls: readonly Call[], kind: string): number => calls.filter((call) => call.kind === kind).length

const kinds = (calls: readonly Call[]): [string, number][] =>
  [...Map.groupBy(calls, ({ kind }) => kind)].map(([kind, some]) => [kind, some.length])

const lastCreation = ({ calls }: Run): number =>
  Math.max(...calls.filter(({ kind }) => kind === 'create').map(({ at }) => at))
