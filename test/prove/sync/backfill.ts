import { setTimeout as sleep } from 'node:timers/promises'
import { exactly, type Finding, longest, none, shown } from '../finding.ts'
import type { Ground } from '../ground.ts'
import type { Part } from '../part.ts'
import type { ProductProcess } from '../product-process.ts'
import { readRss } from '../read-rss.ts'
import { emailOf, IMPORT_WAYS, type ImportWay } from './import-ways.ts'

const KILLS = 5
const LOOK_EVERY_MS = 250
const MOST_GROWTH_MB = 16
const LONGEST_MS = 60 * 60_000

/**
 * Every contact of an account is brought over while the worker is killed with SIGKILL again and again in its first half: each is
 * there once in the end, progress never went back, and the worker of the second half takes no more memory the longer it works.
 */
export const backfill: Part = {
  about: 'an account is brought over and the worker is killed five times [--contacts 10000]',
  prove: (ground, { contacts }) => prove(ground, contacts, IMPORT_WAYS.toPartner),
}

export const backfillBack: Part = {
  about: 'an ActiveTrail account is brought over to HighLevel and the worker is killed five times [--contacts 10000]',
  prove: (ground, { contacts }) => prove(ground, contacts, IMPORT_WAYS.toPlatform),
}

async function prove(ground: Ground, contacts: number, way: ImportWay): Promise<Finding[]> {
  const web = await ground.start('server')
  const tenant = await ground.openTenant()
  const { tenantId, owner } = tenant
  way.add(ground, tenant, contacts)
  const all = way.countAll(ground, tenant)
  const asked = await owner.send('POST', '/settings/backfills', { flowId: await way.flowId(ground, tenant) })
  const { id } = (await asked.json()) as { id: string }
  const creations = way.countCreations(ground, tenant)
  const watch = watchRun(ground, tenantId, id)
  const startWorker = (): Promise<ProductProcess> => ground.start('worker')
  let worker = await startWorker()
  await watch.until((seen) => seen.status === 'planned')
  await owner.send('POST', `/settings/backfills/${id}/test`)
  await watch.until((seen) => seen.status === 'tested')
  await owner.send('POST', `/settings/backfills/${id}/run`, { confirmed: true })
  const begunAt = performance.now()
  for (let kill = 1; kill <= KILLS; kill++) {
    await watch.until(({ done }) => done >= (all * kill) / (2 * KILLS))
    worker.kill()
    ground.say(`killed ${kill} times, at ${watch.latest().done} of ${all}`)
    worker = await startWorker()
  }
  const rss = sampleRss(worker)
  await watch.until((seen) => seen.status === 'done' || seen.status === 'failed')
  const seconds = (performance.now() - begunAt) / 1000
  const memory = rss.stop()
  const written = [...creations.stop()].filter(([email]) => email.startsWith('brought.'))
  const steps = watch.stop()
  await worker.stop()
  await web.stop()
  return [
    shown('P12', 'contacts brought over', all),
    shown('A3', 'workers killed meanwhile', KILLS),
    shown('P12', 'all of them, kills and recoveries included', seconds, 's'),
    shown('P12', 'contacts a second', all / seconds, '/s'),
    ...countThere(way.emailsThere(ground, tenant), contacts),
    none('A3', 'contacts whose creation was taken more than once', written.filter(([, count]) => count > 1).length),
    none('A3', 'times that progress went back', countSetbacks(steps)),
    exactly('A3', 'done in the end', steps.at(-1) ?? 0, all),
    shown('P11', 'memory of the last worker, the most', memory.most, 'MB'),
    {
      ...{ id: 'P11', name: 'its memory at the end beyond that at its beginning' },
      ...{ value: memory.growth, unit: 'MB', goal: `≤ ${MOST_GROWTH_MB}`, met: memory.growth <= MOST_GROWTH_MB },
    },
    none('A3', 'processes that ended by themselves', ground.crashes().length),
  ]
}

/** The sandbox alone says what was written there. */
function countThere(emails: readonly string[], contacts: number): Finding[] {
  const times = new Map([...Map.groupBy(emails, String)].map(([email, some]) => [email, some.length]))
  const expected = Array.from({ length: contacts }, (_, number) => emailOf(number))
  return [
    none('A3', 'contacts that are missing there', expected.filter((email) => !times.has(email)).length),
    none(
      'A3',
      'contacts that are there more than once',
      expected.filter((email) => (times.get(email) ?? 0) > 1).length,
    ),
  ]
}

type Seen = { status: string; done: number }

/** How it stands, looked at again and again: whoever waits for something is told of it. */
function watchRun({ sql }: Ground, tenantId: string, id: string) {
  const steps: number[] = []
  let latest: Seen = { status: 'planning', done: 0 }
  const stopping = new AbortController()
  const watching = (async () => {
    while (!stopping.signal.aborted) {
      latest = (await sql('backfills').where({ tenant_id: tenantId, id }).first('status', 'done')) ?? latest
      steps.push(latest.done)
      await sleep(LOOK_EVERY_MS)
    }
  })()
  return {
    latest: () => latest,
    until: async (isThere: (seen: Seen) => boolean): Promise<void> => {
      for (const giveUpAt = Date.now() + LONGEST_MS; !isThere(latest); ) {
        if (Date.now() > giveUpAt) throw new Error(`It stands at ${JSON.stringify(latest)}.`)
        await Promise.race([sleep(LOOK_EVERY_MS), watching])
      }
    },
    stop: (): number[] => {
      stopping.abort()
      return steps
    },
  }
}

const countSetbacks = (steps: readonly number[]): number =>
  steps.filter((done, index) => index > 0 && done < (steps[index - 1] ?? 0)).length

type Memory = { most: number; growth: number }

/** In megabytes: the most, and by how much the middle of the last quarter is above that of the second one. */
function sampleRss({ child }: ProductProcess): { stop(): Memory } {
  const samples: number[] = []
  const timer = setInterval(() => {
    const rss = readRss(child.pid)
    if (rss !== null) samples.push(rss)
  }, 500)
  const middleOf = (from: number, to: number): number => {
    const some = samples.slice(Math.floor(samples.length * from), Math.floor(samples.length * to)).sort((a, b) => a - b)
    return some[Math.floor(some.length / 2)] ?? 0
  }
  return {
    stop: () => {
      clearInterval(timer)
      return { most: longest(samples), growth: middleOf(0.75, 1) - middleOf(0.25, 0.5) }
    },
  }
}
