const LONGEST_MS = 24 * 60 * 60 * 1000

/** Reads a Retry-After header (seconds or a date) as milliseconds, bounded to a day. Nonsense reads as absent. */
export function parseRetryAfter(value: string | null, now: number): number | undefined {
  if (value === null || value.trim() === '') return undefined
  const milliseconds = /^\d+$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - now
  if (!Number.isFinite(milliseconds) || milliseconds < 0) return undefined
  return Math.min(milliseconds, LONGEST_MS)
}
