import { setTimeout as sleep } from 'node:timers/promises'
import { quantilesOf } from '../../bench/quantiles.ts'
import { untilSettled } from '../check-deliveries.ts'
import { inSeconds, longest, none, shown } from '../finding.ts'
import { startOpenLoop } from '../open-loop.ts'
import type { Part } from '../part.ts'
import type { ProductProcess } from '../product-process.ts'

const LOOKS_EVERY_MS = 200
const TENANTS = 3

/**
 * A rolling restart: a new process begins, an old one is asked to stop, over and over under load. The sender stands for a
 * proxy: it keeps its connections, asks /readyz, and takes a process out that says it is not ready or parts with it.
 */
export const restarts: Part = {
  about: 'web and worker restarted one after another behind a proxy [--restarts 15] [--rate 500]',
  prove: async (ground, sizes) => {
    const members = new Set([await ground.start('server'), await ground.start('server')])
    const workers = [await ground.start('worker')]
    const locations: string[] = []
    for (let index = 0; index < TENANTS; index++) locations.push((await ground.openTenant()).locationId)
    const out = new Set<string>()
    let turn = 0
    const stopLooking = lookAfter(members, out)
    const load = startOpenLoop({
      random: ground.random,
      rate: sizes.rate,
      next: () => ground.event(ground.random.pick(locations), { type: 'InvoiceSent', id: `invoice-${turn}` }),
      pickUrl: () => {
        const ready = [...members].filter(({ url }) => !out.has(url))
        return String(ready[turn++ % ready.length]?.url)
      },
      onParting: (url) => void out.add(url),
    })
    const tookMs: number[] = []
    const codes: (number | null)[] = []
    const restart = async (old: ProductProcess): Promise<void> => {
      const ended = await old.stop()
      tookMs.push(ended.tookMs)
      codes.push(ended.code)
    }
    for (let restarted = 0; restarted < sizes.restarts; restarted++) {
      const [oldest] = members
      members.add(await ground.start('server'))
      await restart(oldest as ProductProcess)
      members.delete(oldest as ProductProcess)
      if (restarted % 5 === 4) {
        workers.push(await ground.start('worker'))
        await restart(workers.shift() as ProductProcess)
        ground.say(`${restarted + 1} restarts, ${load.answers.length} answers`)
      }
    }
    await load.stop()
    stopLooking()
    const left = await untilSettled(ground.sql)
    const resets = load.answers.filter(({ status }) => status === 0).length
    return [
      shown('R5', 'processes asked to stop and replaced', codes.length),
      shown('R5', 'deliveries answered', load.answers.length),
      none('R5', 'connections reset, or no answer', resets),
      none('R5', 'answers other than 200', load.answers.filter(({ status }) => status !== 200).length - resets),
      none('R5', 'processes that did not end with 0', codes.filter((code) => code !== 0).length),
      shown('R5', 'a process is gone after, the longest', inSeconds(longest(tookMs)), 's'),
      shown('R5', 'ack while it goes on, p99', quantilesOf(load.answers.map((one) => one.tookMs)).p99, 'ms'),
      none('R5', 'deliveries not settled', left),
      none('R5', 'processes that ended by themselves', ground.crashes().length),
    ]
  },
}

/** What a proxy's health checks do. */
function lookAfter(members: Set<ProductProcess>, out: Set<string>): () => void {
  let stopping = false
  const look = async (url: string): Promise<void> => {
    const status = await fetch(`${url}/readyz`).then(
      (answer) => answer.status,
      () => 0,
    )
    if (status !== 200) out.add(url)
  }
  void (async () => {
    for (; !stopping; await sleep(LOOKS_EVERY_MS)) await Promise.all([...members].map(({ url }) => look(url)))
  })()
  return () => {
    stopping = true
  }
}
