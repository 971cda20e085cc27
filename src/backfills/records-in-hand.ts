/** Records that were handed out to be worked on and are not settled yet. */
export type RecordsInHand = {
  add(recordId: string): void
  settled(recordId: string): void
  ids(): Set<string>
  /** Resolves when nothing is in hand any more, or nothing more will be settled. */
  empty(): Promise<void>
  /** Somebody has failed: who waits need not. */
  stop(): void
  isStopped(): boolean
}

export function recordsInHand(): RecordsInHand {
  const ids = new Set<string>()
  let waiting: (() => void)[] = []
  let isStopped = false
  const tell = (): void => {
    if (ids.size > 0 && !isStopped) return
    for (const resolve of waiting.splice(0)) resolve()
  }
  return {
    add: (recordId) => void ids.add(recordId),
    settled: (recordId) => {
      ids.delete(recordId)
      tell()
    },
    ids: () => new Set(ids),
    empty: () =>
      new Promise((resolve) => {
        waiting = [...waiting, resolve]
        tell()
      }),
    stop: () => {
      isStopped = true
      tell()
    },
    isStopped: () => isStopped,
  }
}
