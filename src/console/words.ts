/** How the console writes times and numbers. */

/** In UTC: `2026-11-21 13:05:07`. */
export const utc = (time: Date): string => time.toISOString().slice(0, 19).replace('T', ' ')

export const count = (number: number): string => number.toLocaleString('en')

/** `40 s`, `12 min`, `5 h`, `3 days`. */
export function ago(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000))
  if (seconds < 90) return `${seconds} s`
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`
  const hours = Math.round(seconds / 3600)
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`
}
