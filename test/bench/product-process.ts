import { answerParent } from './helper-process.ts'

/** Loaded into the web and worker processes ahead of their own code: they end with the bench and tell what they used. */
const actions = {
  /** Milliseconds of CPU since the process started. */
  cpu: (): number => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1000
  },
}

export type ProductActions = typeof actions

answerParent(actions)
