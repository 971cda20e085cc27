import type { ActionResult } from '../connectors/connector.ts'
import { isTrouble } from '../lib/trouble.ts'
import { maskRecord } from './mask.ts'
import type { NewStep } from './run-store.ts'

/** The steps of a run as they end: stored together with what they led to. */
export type RunLog = {
  /** Does one thing and takes down what came of it. */
  take(
    step: { action: string; sent: object; note?: string | null },
    work: () => Promise<ActionResult>,
  ): Promise<ActionResult>
  /** Those since the last time, to be stored. */
  drain(): NewStep[]
}

export function createRunLog(now: () => number): RunLog {
  const steps: NewStep[] = []
  return {
    take: async ({ action, sent, note = null }, work) => {
      const begun = { action, sent: maskRecord({ ...sent }), startedAt: new Date(now()) }
      const end = (ended: Pick<NewStep, 'outcome' | 'reason' | 'partnerId'>): void =>
        void steps.push({ ...begun, ...ended, finishedAt: new Date(now()) })
      try {
        const result = await work()
        const reason = [result.note, note].filter(Boolean).join(' ') || null
        end({ outcome: outcomeOf(result), reason, partnerId: result.id })
        return result
      } catch (error) {
        if (isTrouble(error)) end({ outcome: 'failed', reason: error.message, partnerId: null })
        throw error
      }
    },
    drain: () => steps.splice(0),
  }
}

const outcomeOf = ({ effect }: ActionResult): NewStep['outcome'] =>
  effect === 'declined' || effect === 'unchanged' ? effect : 'succeeded'
