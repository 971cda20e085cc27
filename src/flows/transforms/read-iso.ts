import { DateTime } from 'luxon'

const ISO = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?) ?(Z|[+-]\d{2}(?::?\d{2})?)?)?$/i

export type IsoText = { moment: DateTime<true>; isDay: boolean }

/**
 * A day or a moment as ISO 8601 and most databases write them. What says no offset is in this zone, and so is what comes out.
 * Nothing else that the standard allows: no weeks, no times without a day. Undefined for what is no date, or the zone none.
 */
export function readIso(text: string, zone: string): IsoText | undefined {
  const [, day, time, offset] = ISO.exec(text.trim().slice(0, 50)) ?? []
  if (day === undefined) return undefined
  const spelled = time === undefined ? day : `${day}T${time.replace(',', '.')}${(offset ?? '').toUpperCase()}`
  const moment = DateTime.fromISO(spelled, { zone })
  return moment.isValid && isInRange(moment) ? { moment, isDay: time === undefined } : undefined
}

/** Years of four digits: others have spellings that partners do not know. */
export const isInRange = ({ year }: DateTime): boolean => year >= 1 && year <= 9999
