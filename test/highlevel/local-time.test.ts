import { expect, test } from 'vitest'
import { readLocalTime } from '../../src/highlevel/local-time.ts'

const read = (text: string, zone: string): string | undefined => {
  const at = readLocalTime(text, zone)
  return at === undefined ? undefined : new Date(at).toISOString()
}

test.each([
  ['2026-12-01 11:00:00', 'Asia/Jerusalem', '2026-12-01T09:00:00.000Z'],
  ['2026-07-01 11:00:00', 'Asia/Jerusalem', '2026-07-01T08:00:00.000Z'],
  ['2026-07-01 11:00:00', 'UTC', '2026-07-01T11:00:00.000Z'],
  ['2026-07-01 11:00:00', 'Asia/Kolkata', '2026-07-01T05:30:00.000Z'],
  // The hour that comes twice (25 October 2026, Berlin): the earlier one, summer time.
  ['2026-10-25 02:30:00', 'Europe/Berlin', '2026-10-25T00:30:00.000Z'],
  ['2026-11-01 01:30:00', 'America/Chicago', '2026-11-01T06:30:00.000Z'],
  ['2026-10-25 03:00:00', 'Europe/Berlin', '2026-10-25T02:00:00.000Z'],
  // The hour that there is not (29 March 2026, Berlin): pushed on by the hour that was left out.
  ['2026-03-29 02:30:00', 'Europe/Berlin', '2026-03-29T01:30:00.000Z'],
  // A zone whose day has no midnight that day (Cairo, 24 April 2026), and one without whole hours.
  ['2026-04-24 01:00:00', 'Africa/Cairo', '2026-04-23T22:00:00.000Z'],
  ['2026-06-01 12:00:00', 'Australia/Lord_Howe', '2026-06-01T01:30:00.000Z'],
  ['2038-01-19 03:14:08', 'UTC', '2038-01-19T03:14:08.000Z'],
  // A time that names its offset is what it says, whatever the zone.
  ['2026-12-01T11:00:00+05:30', 'Asia/Jerusalem', '2026-12-01T05:30:00.000Z'],
  ['soon', 'UTC', undefined],
  ['', 'UTC', undefined],
  ['2026-13-01 11:00:00', 'UTC', undefined],
  ['2026-12-01 11:00:00', 'Nowhere/Town', undefined],
])('%s in %s', (text, zone, instant) => {
  expect(read(text, zone)).toBe(instant)
})
