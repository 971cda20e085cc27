import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '../support/random.ts'
import type { Fleet } from './fleet.ts'
import type { Ground } from './ground.ts'
import type { LostWork } from './lost-work.ts'
import type { ProductProcess } from './product-process.ts'
import type { Sender } from './sender.ts'

export type Kills = { server: number; worker: number; postgres: number }

export type KillReport = { kills: Kills; postgresBackMs: number[] }

/** Most are of the process that acknowledges, since that is where a delivery can be lost. */
export const planKills = (total: number): Kills => {
  const postgres = Math.max(1, Math.round(total / 50))
  const worker = Math.max(2, Math.round(total / 7))
  return { server: Math.max(1, total - worker - postgres), worker, postgres }
}

const AT_ONCE = 2
const MOST_ANSWERS_BEFORE_KILL = 24

/** Carries out the plan in an order of the seed's choosing. */
export async function carryOutKills(deps: {
  plan: Kills
  fleet: Fleet
  ground: Ground
  sender: Sender
  lostWork: LostWork
}): Promise<KillReport> {
  const { plan, fleet, sender, lostWork } = deps
  const { postgres, random, say } = deps.ground
  const kills: Kills = { server: 0, worker: 0, postgres: 0 }
  const postgresBackMs: number[] = []
  const armed = new Map<string, { answers: number; now: () => void }>()
  let acknowledgedAt = 0

  sender.onAcknowledged = (url) => {
    acknowledgedAt = performance.now()
    const trigger = armed.get(url)
    if (trigger && --trigger.answers <= 0) trigger.now()
  }
  /** In the very moment in which a 200 has come from it. */
  const killWeb = async (): Promise<void> => {
    const isFree = ({ url }: ProductProcess): boolean => !armed.has(url)
    while (!fleet.webs().some(isFree)) await sleep(20) // its place is being taken just now
    const victim = random.pick(fleet.webs().filter(isFree))
    await new Promise<void>((resolve, reject) => {
      armed.set(victim.url, {
        answers: random.between(1, MOST_ANSWERS_BEFORE_KILL),
        now: () => {
          armed.delete(victim.url)
          fleet.replace('server', victim).then(resolve, reject)
        },
      })
    })
  }
  const killWorker = async (): Promise<void> => {
    await sleep(random.between(0, 400))
    while (fleet.workers().length === 0) await sleep(20)
    const replaced = fleet.replace('worker', random.pick(fleet.workers()))
    lostWork.lookNow()
    await replaced
  }
  const killPostgres = async (): Promise<void> => {
    postgres.kill()
    await sleep(random.between(0, 1500))
    await postgres.restart()
    const backAt = performance.now()
    while (acknowledgedAt < backAt) await sleep(5)
    postgresBackMs.push(acknowledgedAt - backAt)
  }
  const kill = { server: killWeb, worker: killWorker, postgres: killPostgres }
  const order = shuffled(random, plan)
  const killer = async (): Promise<void> => {
    for (let kind = order.pop(); kind; kind = order.pop()) {
      await kill[kind]()
      kills[kind]++
      if (order.length % 50 === 0) say(`${order.length} kills to go`)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, killer))
  sender.onAcknowledged = () => {}
  return { kills, postgresBackMs }
}

function shuffled(random: Random, plan: Kills): (keyof Kills)[] {
  const kinds = (Object.keys(plan) as (keyof Kills)[]).flatMap((kind) => Array<typeof kind>(plan[kind]).fill(kind))
  for (let last = kinds.length - 1; last > 0; last--) {
    const other = random.between(0, last)
    ;[kinds[last], kinds[other]] = [kinds[other] as keyof Kills, kinds[last] as keyof Kills]
  }
  return kinds
}
