import { DateTime } from 'luxon'

/**
 * The moment that a time without a zone means, such as "2021-07-16 11:00:00" in a contact's list of appointments; milliseconds,
 * undefined for what is no time or an unknown zone. That it is the location's zone is inferred. In the hour that a clock change
 * repeats it is the earlier of two moments: who has to know reads the appointment itself, whose times have an offset.
 */
export function readLocalTime(text: string, zone: string): number | undefined {
  const plain = text.trim().replace(' ', 'T')
  const read = DateTime.fromISO(plain, { zone })
  if (!read.isValid) return undefined
  const earlier = read.getPossibleOffsets().map((one) => one.toMillis())
  return Math.min(...earlier)
}
