import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Does the work again and again, with a pause between, until it is stopped; `work` hears of that by its signal. Returns
 * what stops it and resolves when nothing is under way any more.
 */
export function repeat(
  everyMs: number,
  work: (signal: AbortSignal) => Promise<void>,
  onError: (error: unknown) => void | Promise<void>,
): () => Promise<void> {
  const stopping = new AbortController()
  const { signal } = stopping
  const running = (async () => {
    while (!signal.aborted) {
      await work(signal).catch(onError)
      if (everyMs > 0) await sleep(everyMs, undefined, { signal }).catch(() => {})
    }
  })()
  return () => {
    stopping.abort()
    return running
  }
}
