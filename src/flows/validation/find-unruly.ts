const DEEPEST = 60
const MOST_PARTS = 20_000

/**
 * A sentence for what is too deep or has too many parts to be looked at by functions that call themselves; undefined for what
 * may be. Every limit of a definition is narrower.
 */
export function findUnruly(value: unknown): string | undefined {
  const open: { value: unknown; depth: number }[] = [{ value, depth: 0 }]
  for (let parts = 0; open.length > 0; parts += 1) {
    const next = open.pop()
    if (!next || typeof next.value !== 'object' || next.value === null) continue
    const inner: unknown[] = Object.values(next.value)
    if (next.depth > DEEPEST) return 'The flow is nested too deep.'
    if (parts + open.length + inner.length > MOST_PARTS) return 'The flow is too large.'
    for (const one of inner) open.push({ value: one, depth: next.depth + 1 })
  }
  return undefined
}
