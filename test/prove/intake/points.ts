import { setTimeout as sleep } from 'node:timers/promises'
import { checkDeliveries } from '../check-deliveries.ts'
import { type Finding, none, shown } from '../finding.ts'
import type { Ground } from '../ground.ts'
import { measureAnswers } from '../measure-answers.ts'
import type { Part } from '../part.ts'
import type { ProductKind, ProductProcess } from '../product-process.ts'
import { createSender } from '../sender.ts'
import { openProxy } from '../tcp-proxy.ts'
import { startTraffic } from '../traffic.ts'

/** Where a process ends itself; what it has done by then, and what not. */
const POINTS: Record<ProductKind, { point: string; id: string; about: string }[]> = {
  server: [
    { point: 'before-insert', id: 'A1', about: 'body read, nothing stored' },
    { point: 'before-commit', id: 'A1', about: 'inserted, not committed' },
    { point: 'commit-sent', id: 'A1', about: 'commit sent, its outcome unknown' },
    { point: 'committed', id: 'A2', about: 'committed, not answered' },
  ],
  worker: [
    { point: 'before-partner', id: 'A3', about: 'before the partner’s call' },
    { point: 'during-partner', id: 'A3', about: 'during the partner’s call' },
    { point: 'partner-answered', id: 'A3', about: 'the partner has done it, not recorded' },
    { point: 'before-finishing', id: 'A3', about: 'recorded, the delivery not settled' },
    { point: 'finished', id: 'A3', about: 'the delivery settled, the job not done' },
  ],
}

const TENANTS = 10
/** What a killed worker had at hand is taken up again after seconds: meanwhile others are killed. */
const SIDE_BY_SIDE: Record<ProductKind, number> = { server: 1, worker: 3 }
const MOST_PASSED = 5
const LONGEST_MS = 90_000
/** Between one answer that is lost and the next. */
const BETWEEN_LOSSES_MS = 200
/** A process that has just started needs a moment to come to its point. */
const PRELOAD = new URL('../named-point.ts', import.meta.url)

/** Crashes where they hurt most: each process ends itself at a point of its work, and another takes its place. */
export const points: Part = {
  about: 'processes end at named points between body, commit, answer, partner and record [--points 4]',
  prove: async (ground, sizes) => {
    const tenants = []
    for (let index = 0; index < TENANTS; index++) tenants.push(await ground.openTenant())
    let web: string | undefined
    const sender = createSender(() => web)
    const traffic = startTraffic(ground, { tenants, sender })
    const webs = async (): Promise<Finding[]> => {
      const findings = await endEverywhere(ground, 'server', sizes.points, (process) => {
        web = process?.url
      })
      const lost = await loseAnswers(ground, sizes.points * 5, (url) => {
        web = url
      })
      return [...findings, shown('A2', 'answers lost on their way, the delivery sent again', lost)]
    }
    const workers = () => endEverywhere(ground, 'worker', sizes.points, () => {})
    const killed = (await Promise.all([webs(), workers()])).flat()
    const worker = await ground.start('worker')
    await traffic.stop()
    ground.say('everything is sent; waiting until it is worked on')
    const findings = await checkDeliveries(ground, sender.acknowledged, traffic)
    await worker.stop()
    return [
      ...killed,
      shown('R1', 'deliveries acknowledged', sender.acknowledged.size),
      none('R1', 'processes that ended elsewhere', ground.crashes().length),
      ...findings,
      ...measureAnswers(sender),
    ]
  },
}

/** Each process with a point to end at; when it has ended, another takes its place. */
async function endEverywhere(
  ground: Ground,
  kind: ProductKind,
  times: number,
  onStart: (process: ProductProcess | undefined) => void,
): Promise<Finding[]> {
  const ends = POINTS[kind].flatMap(({ point }) => Array<string>(times).fill(point))
  const missed: string[] = []
  const lane = async (): Promise<void> => {
    for (let point = ends.shift(); point; point = ends.shift()) {
      const PROVE_POINT = `${point}:${ground.random.between(1, MOST_PASSED)}`
      const process = await ground.start(kind, { preload: PRELOAD, environment: { PROVE_POINT } })
      onStart(process)
      if (!(await hasEndedWithin(process, LONGEST_MS))) missed.push(point)
      onStart(undefined)
      ground.say(`${kind} at ${point}; ${ends.length} to go`)
    }
  }
  await Promise.all(Array.from({ length: SIDE_BY_SIDE[kind] }, lane))
  return POINTS[kind].flatMap(({ point, id, about }) => {
    const misses = missed.filter((one) => one === point).length
    return [
      shown(id, `${kind} killed: ${about}`, times - misses),
      none(id, `${kind} did not come to: ${about}`, misses),
    ]
  })
}

async function hasEndedWithin(process: ProductProcess, longestMs: number): Promise<boolean> {
  for (const deadline = performance.now() + longestMs; performance.now() < deadline; await sleep(20)) {
    if (process.hasEnded()) return true
  }
  await process.stop()
  return false
}

/** The process lives on; only its answers do not arrive. */
async function loseAnswers(ground: Ground, times: number, onUrl: (url: string) => void): Promise<number> {
  const web = await ground.start('server')
  const proxy = await openProxy(web.url)
  onUrl(proxy.url)
  for (let turn = 0; turn < times; turn++) {
    await sleep(BETWEEN_LOSSES_MS)
    proxy.loseAnswers(ground.random.between(1, 3))
  }
  await sleep(BETWEEN_LOSSES_MS)
  onUrl(web.url)
  proxy.close()
  return proxy.lost()
}
