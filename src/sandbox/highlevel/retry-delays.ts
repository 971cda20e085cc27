const RETRIES = 12
const FIRST_MS = 10_000
const LONGEST_MS = 2 * 3_600_000

/**
 * HighLevel docs, webhook integration guide: every answer but 2xx, and none, is tried again up to 12 times with
 * exponential backoff and jitter. The intervals are not published; these double from ten seconds.
 */
export const defaultRetryDelays = (): number[] =>
  Array.from({ length: RETRIES }, (_, index) => {
    const delay = Math.min(FIRST_MS * 2 ** index, LONGEST_MS)
    return Math.round(delay * (0.8 + Math.random() * 0.4))
  })
