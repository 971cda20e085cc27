import { Agent } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '../support/random.ts'
import { type Answer, type Outgoing, post } from './sender.ts'

/** Arrivals that depend neither on each other nor on the answers. */
export type OpenLoop = {
  /** Everything answered so far, with when it was answered (`Date.now()`). */
  answers: (Answer & { webhookId: string; at: number })[]
  /** Sends no more; resolves when all is answered. */
  stop(): Promise<void>
}

export function startOpenLoop(options: {
  random: Random
  /** A second, on average. */
  rate: number
  next(): Outgoing
  /** Where to, asked for each. */
  pickUrl(): string
  /** Its next connection goes elsewhere. */
  onParting?(url: string): void
}): OpenLoop {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 })
  const answers: OpenLoop['answers'] = []
  const underWay = new Set<Promise<void>>()
  let stopping = false

  const send = async (): Promise<void> => {
    const url = options.pickUrl()
    const outgoing = options.next()
    const answer = await post(agent, url, outgoing)
    answers.push({ ...answer, webhookId: outgoing.webhookId, at: Date.now() })
    if (answer.isLast) options.onParting?.(url)
  }
  const run = async (): Promise<void> => {
    for (let due = performance.now(); !stopping; ) {
      due += (-Math.log(1 - options.random.next()) * 1000) / options.rate
      const wait = due - performance.now()
      if (wait > 0) await sleep(wait)
      const one = send().finally(() => underWay.delete(one))
      underWay.add(one)
    }
  }
  const running = run()
  return {
    answers,
    stop: async () => {
      stopping = true
      await running
      await Promise.all(underWay)
      agent.destroy()
    },
  }
}
