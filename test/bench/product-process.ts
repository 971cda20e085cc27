import { monitorEventLoopDelay } from 'node:perf_hooks'
import { answerParent } from './helper-process.ts'

const RESOLUTION_MS = 10
let delay: ReturnType<typeof monitorEventLoopDelay> | undefined

/** Loaded into the web and worker processes ahead of their own code: they end with the bench and tell what they used. */
const actions = {
  /** Milliseconds of CPU since the process started. */
  cpu: (): number => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1000
  },
  /** Megabytes. */
  rss: (): number => process.memoryUsage.rss() / 2 ** 20,
  /** From now on it is watched how late the event loop comes round. */
  watchLoop: (): void => {
    delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
    delay.enable()
  },
  /** Milliseconds that 99 of 100 rounds were not later than, since then. */
  loopDelay: (): number => {
    delay?.disable()
    return Math.max(0, (delay?.percentile(99) ?? 0) / 1e6 - RESOLUTION_MS)
  },
}

export type ProductActions = typeof actions

answerParent(actions)
