import type { Clock } from './clock.ts'

type Keeping = { keptMs: number; most: number; now: Clock }

/**
 * Asked once in a while for each key: whoever asks meanwhile gets the same answer, and waits for it with the others. A failure is
 * not kept. At the most so many keys are known, then all are forgotten.
 */
export function keepAnswers<T>({ keptMs, most, now }: Keeping): (key: string, ask: () => Promise<T>) => Promise<T> {
  const known = new Map<string, { until: number; answer: Promise<T> }>()
  return (key, ask) => {
    const kept = known.get(key)
    if (kept && kept.until > now()) return kept.answer
    const asked = { until: now() + keptMs, answer: ask() }
    if (known.size >= most) known.clear()
    known.set(key, asked)
    return asked.answer.catch((error) => {
      if (known.get(key) === asked) known.delete(key)
      throw error
    })
  }
}
