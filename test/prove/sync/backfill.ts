import { setTimeout as sleep } from 'node:timers/promises'
import { countWrites } from '../count-writes.ts'
import { exactly, type Finding, longest, none, shown } from '../finding.ts'
import type { Ground } from '../ground.ts'
import type { Part } from '../part.ts'
import type { ProductProcess } from '../product-process.ts'
import { readRss } from '../read-rss.ts'

const KILLS = 5
const LOOK_EVERY_MS = 250
const MOST_GROWTH_MB = 48
const LONGEST_MS = 60 * 60_000

/**
 * Every contact of an account is brought over while the worker is killed with SIGKILL again and again: each is there once in the
 * end, progress never went back, and memory does not grow with what was read.
 */
export const backfill: Part = {
  about: 'an account is brought over and the worker is killed five times [--contacts 10000]',
  prove: async (ground, { contacts }) => {
    const web = await ground.start('server')
    const tenant = await ground.openTenant()
    const { locationId, tenantId, token } = tenant
    addContacts(ground, locationId, contacts)
    const all = ground.line.highLevel.control.contacts(locationId).length
    const flow = await ground.sql('flows').where({ tenant_id: tenantId }).first('id')
    const asked = await tenant.owner.send('POST', '/settings/backfills', { flowId: flow.id })
    const { id } = (await asked.json()) as { id: string }
    const writes = countWrites(ground.line.activeTrail)
    const watch = watchRun(ground, tenantId, id)
    let worker = await ground.start('worker')
    await watch.until((seen) => seen.status === 'planned')
    await tenant.owner.send('POST', `/settings/backfills/${id}/test`)
    await watch.until((seen) => seen.status === 'tested')
    await tenant.owner.send('POST', `/settings/backfills/${id}/run`, { confirmed: true })
    const begunAt = performance.now()
    const rss = sampleRss(() => worker)
    for (let kill = 1; kill <= KILLS; kill++) {
      await watch.until(({ done }) => done >= (all * kill) / (KILLS + 1))
      worker.kill()
      ground.say(`killed ${kill} times, at ${watch.latest().done} of ${all}`)
      worker = await ground.start('worker')
    }
    await watch.until((seen) => seen.status === 'done' || seen.status === 'failed')
    const seconds = (performance.now() - begunAt) / 1000
    const memory = rss.stop()
    const written = [...writes.stop()].filter(([email]) => email.startsWith('brought.'))
    const steps = watch.stop()
    await worker.stop()
    await web.stop()
    return [
      shown('P12', 'contacts brought over', all),
      shown('A3', 'workers killed meanwhile', KILLS),
      shown('P12', 'all of them, kills and recoveries included', seconds, 's'),
      shown('P12', 'contacts a second', all / seconds, '/s'),
      ...countThere(ground, token, contacts),
      none('A3', 'contacts whose creation was sent more than once', written.filter(([, count]) => count > 1).length),
      none('A3', 'times that progress went back', countSetbacks(steps)),
      exactly('A3', 'done in the end', steps.at(-1) ?? 0, all),
      shown('P11', 'memory of a worker, the most', memory.most, 'MB'),
      {
        ...{
          id: 'P11',
          name: 'memory of the last one, its second half beyond its first',
          value: memory.growth,
          unit: 'MB',
        },
        ...{ goal: `≤ ${MOST_GROWTH_MB}`, met: memory.growth <= MOST_GROWTH_MB },
      },
      none('A3', 'processes that ended by themselves', ground.crashes().length),
    ]
  },
}

const emailOf = (number: number): string => `brought.${number}@example.com`

function addContacts({ line }: Ground, locationId: string, count: number): void {
  const { control } = line.highLevel
  control.dropNextWebhooks(count)
  for (let number = 0; number < count; number++) {
    control.createContact(locationId, { email: emailOf(number), firstName: 'Dana', lastName: `Levi ${number}` })
  }
}

/** The sandbox alone says what was written there. */
function countThere({ line }: Ground, token: string, contacts: number): Finding[] {
  const times = new Map<string, number>()
  for (const { email } of line.activeTrail.control.contacts(token)) {
    times.set(String(email), (times.get(String(email)) ?? 0) + 1)
  }
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

/** In megabytes: the most that any worker took, and by how much the last one took more in its second half than in its first. */
function sampleRss(current: () => ProductProcess): { stop(): Memory } {
  const samples = new Map<ProductProcess, number[]>()
  const timer = setInterval(() => {
    const process = current()
    const rss = readRss(process.child.pid)
    if (rss !== null) samples.set(process, [...(samples.get(process) ?? []), rss])
  }, 500)
  return {
    stop: () => {
      clearInterval(timer)
      const last = samples.get(current()) ?? []
      const half = Math.floor(last.length / 2)
      return {
        most: longest([...samples.values()].flat()),
        growth: longest(last.slice(half)) - longest(last.slice(0, half)),
      }
    },
  }
}
