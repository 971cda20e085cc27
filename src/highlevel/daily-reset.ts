const DAY_MS = 86_400_000
/** The platform's clock need not be ours. */
const SLACK_MS = 60_000

/**
 * Milliseconds until the daily count begins anew, or null where that cannot be told. X-RateLimit-Daily-Reset was seen in
 * answers and is documented nowhere: read as seconds or milliseconds left, as a moment in either, or as a date, whichever
 * comes to no more than a day; seconds where several do, since too late is safe.
 */
export function readDailyReset(value: string | null, now: number): number | null {
  const text = value?.trim() ?? ''
  const left = /^\d{1,13}$/.test(text) ? readingsOf(Number(text), now) : [Date.parse(text) - now]
  return left.find((ms) => ms >= 0 && ms <= DAY_MS + SLACK_MS) ?? null
}

const readingsOf = (number: number, now: number): number[] => [number * 1000, number * 1000 - now, number - now, number]
