export type LookoutOptions<Key> = {
  /** For whom it is time at that moment of `performance.now()`. */
  due(at: number): Key[]
  /** When it is time for the first of those who wait; undefined while nobody does. */
  nextDueAt(): number | undefined
  /** Looks for all of these at once. Looks after its own failures. */
  look(keys: Key[]): Promise<void>
}

/** What is due so soon is looked at along with the others. */
const TOGETHER_MS = 4

/**
 * Looks for those whose time has come, one look at a time: who comes meanwhile goes into the next. Returns what is to be
 * called when somebody has come.
 */
export function createLookout<Key>({ due, nextDueAt, look }: LookoutOptions<Key>): () => void {
  let isLooking = false
  let timer: NodeJS.Timeout | undefined
  const dueNow = (): Key[] => due(performance.now() + TOGETHER_MS)
  const begin = async (): Promise<void> => {
    if (isLooking) return
    isLooking = true
    clearTimeout(timer)
    await Promise.resolve() // those who come in the same breath go along
    for (let keys = dueNow(); keys.length > 0; keys = dueNow()) await look(keys)
    isLooking = false
    const next = nextDueAt()
    if (next !== undefined) timer = setTimeout(begin, Math.max(0, next - performance.now()))
  }
  return () => void begin()
}
