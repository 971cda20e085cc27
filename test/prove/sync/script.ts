import { setTimeout as sleep } from 'node:timers/promises'
import { verifyAudit } from '../../../src/audit/verify-audit.ts'
import type { Line } from '../../support/line.ts'
import { quiet } from '../../support/two-way.ts'
import { atMost, type Finding, none, shown } from '../finding.ts'
import { type Fleet, startFleet } from '../fleet.ts'
import type { Ground } from '../ground.ts'
import { listWrites } from './count-writes.ts'
import { makeTrouble } from './make-trouble.ts'
import { needlessWrites } from './needless-writes.ts'
import type { Problems } from './problems-of.ts'
import { judge, liveThrough, openTown, type Verdict } from './town.ts'

export type SyncSizes = {
  people: number
  rounds: number
  edits: number
  quietSeconds: number
  /** For each round: workers that are killed, and for each location calls that go wrong. */
  kills: number
  faults: number
}

const PATIENCE_MS = 300_000
/** What a killed worker may have had under way: sent, and sent once more by whoever takes over. */
const UNDER_WAY = 2
const BURST = 100
const BURST_MS = 10_000

/**
 * A1-A3, C1, C2, C5, C7, C8: edits by chance on both sides, in front of a web process and two workers that are killed, with
 * webhooks that come twice, in any order or not at all, and calls that fail in all ways that heal. What no webhook told is
 * found with the next edit of the same contact that is told.
 */
export async function proveScript(ground: Ground, seeds: readonly number[], sizes: SyncSizes): Promise<Finding[]> {
  const { line, random, say } = ground
  const { control } = line.highLevel
  control.setRateLimit({ burst: BURST, intervalMs: BURST_MS, kind: random.pick(['fixed window', 'sliding'] as const) })
  const fleet = await startApart(ground)
  const size = { people: sizes.people, rounds: sizes.rounds, editsPerRound: sizes.edits, losesWebhooks: true }
  const town = await openTown(line, seeds, size)
  say(`${seeds.length} locations are open`)
  control.clearRequests()
  line.activeTrail.control.clearRequests()
  let [spoilt, kills] = [0, 0]
  const killing: Promise<void>[] = []
  const trouble = (round: number): void => {
    say(`round ${round + 1} of ${town[0]?.rounds.length}`)
    spoilt += makeTrouble(line, random, {
      ...{ faults: sizes.faults * seeds.length, duplicates: 2 * seeds.length },
      ...{ slowMs: 1500, limits: true },
    })
    for (let count = 0; count < sizes.kills; count++) {
      kills++
      const kill = killOne(fleet, random.between(0, 3000), random.next())
      kill.catch(() => {}) // told to whoever waits for it
      killing.push(kill)
    }
  }
  const known = await liveThrough(line, town, { random, trouble, pauseMs: 200, quietMs: PATIENCE_MS }).finally(() =>
    Promise.allSettled(killing),
  )
  await Promise.all(killing)
  await quiet(line, null, PATIENCE_MS)
  const needless = needlessWrites(line, town, known)
  for (const one of needless.sentences) say(one)
  const written = listWrites(line).length
  const quietSince = Date.now()
  await sleep(sizes.quietSeconds * 1000)
  for (const { what } of listWrites(line, quietSince)) say(`written while it was quiet: ${what}`)
  for (const one of await toldSince(ground, quietSince)) say(`told while it was quiet: ${one}`)
  const verdict = await judge(line, town)
  for (const { seed, problems } of verdict)
    for (const [check, all] of Object.entries(problems)) for (const one of all) say(`seed ${seed}, ${check}: ${one}`)
  return [
    none('', 'webhooks that HighLevel gave up', countGivenUp(line)),
    shown('', 'calls of ActiveTrail that were to come again later', countRefused(line)),
    ...findingsOf(verdict),
    none('C7', 'writes beyond those of edits, lost answers and kills', Math.max(0, needless.count - kills * UNDER_WAY)),
    shown('C7', 'writes that kills account for', needless.count),
    none('C7', `writes in ${sizes.quietSeconds} s of quiet afterwards`, listWrites(line, quietSince).length),
    none('F12', 'faults of the audit log', (await verifyAudit(line.database.system)).faults.length),
    atMost('G1', 'most calls of a location in 10 s', busiest(ground), BURST, ''),
    none('G1', 'calls that HighLevel’s limit refused', refusedByLimit(ground)),
    none('A3', 'processes that ended by themselves', ground.crashes().length),
    shown(
      '',
      'edits',
      town.reduce((sum, { rounds }) => sum + rounds.reduce((all, { edits }) => all + edits.length, 0), 0),
    ),
    shown('', 'writes on both sides', written),
    shown('', 'workers killed', kills),
    shown('', 'calls that were to go wrong', spoilt),
  ]
}

const toldSince = async ({ sql }: Ground, since: number): Promise<string[]> => {
  const told = await sql('deliveries').where('received_at', '>=', new Date(since))
  return told.map(({ source, event_type, ordering_key, state }) => `${source} ${event_type} ${ordering_key} ${state}`)
}

/** Of ActiveTrail's calls those that were not taken, or not in time. */
const countRefused = ({ activeTrail }: Line): number =>
  activeTrail.control.hookCalls().filter(({ status }) => status !== 200).length

/** HighLevel asks nine times within half a minute. */
const countGivenUp = ({ highLevel }: Line): number =>
  highLevel.control.deliveries().filter(({ state }) => state === 'failed').length

/** Both sides tell a web process, not the one in which this proof runs. */
async function startApart(ground: Ground): Promise<Fleet> {
  const web = await ground.start('server')
  ground.line.highLevel.control.updateRegistration({ webhookUrl: `${web.url}/webhooks/highlevel` })
  return startFleet(ground, { webs: 0, workers: 2, environment: { BASE_URL: web.url } })
}

async function killOne(fleet: Fleet, afterMs: number, chance: number): Promise<void> {
  await sleep(afterMs)
  const workers = fleet.workers()
  const victim = workers[Math.floor(chance * workers.length)]
  if (victim) await fleet.replace('worker', victim)
}

const CHECKS: Record<keyof Problems, [id: string, name: string]> = {
  fields: ['C8', 'fields that are not what edits and policies say'],
  labels: ['C8', 'contacts whose tags or groups are not what both sides did'],
  consent: ['C8', 'channels open on one side although the other closed them'],
  deletions: ['C6', 'contacts missing, or left where their deletion was to be followed'],
  duplicates: ['C5', 'persons who are there twice'],
  links: ['C6', 'links missing or too many'],
  ledger: ['A3', 'writes left open in the ledger'],
  conflicts: ['C8', 'disputes that nobody is asked about, or questions without a dispute'],
  runs: ['C1', 'deliveries and runs that did not come to an end'],
}

const findingsOf = (verdict: Verdict): Finding[] =>
  (Object.keys(CHECKS) as (keyof Problems)[]).map((check) =>
    none(
      ...CHECKS[check],
      verdict.reduce((sum, { problems }) => sum + problems[check].length, 0),
    ),
  )

const callsOf = ({ line }: Ground) => line.highLevel.control.requests().filter(({ headers }) => headers.authorization)

/** The most that any location sent within the time of the limit. */
function busiest(ground: Ground): number {
  const byToken = Map.groupBy(callsOf(ground), ({ headers }) => String(headers.authorization))
  return Math.max(
    0,
    ...[...byToken.values()].map((calls) => {
      let [first, most] = [0, 0]
      for (const [last, { at }] of calls.entries()) {
        while (at - Number(calls[first]?.at) >= BURST_MS) first++
        most = Math.max(most, last - first + 1)
      }
      return most
    }),
  )
}

/** A 429 that was planned has no answer on record. */
const refusedByLimit = (ground: Ground): number =>
  callsOf(ground).filter(({ status, answer }) => status === 429 && answer !== undefined).length
