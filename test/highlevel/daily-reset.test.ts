import { expect, test } from 'vitest'
import { readDailyReset } from '../../src/highlevel/daily-reset.ts'

const NOW = Date.parse('2026-11-21T12:00:00Z')

test.each([
  ['seconds left', '3600', 3_600_000],
  ['milliseconds left', '43200000', 43_200_000],
  ['a moment in seconds', String(NOW / 1000 + 60), 60_000],
  ['a moment in milliseconds', String(NOW + 5000), 5000],
  ['a date', '2026-11-22T00:00:00Z', 43_200_000],
  ['a date over', '2026-11-20T00:00:00Z', null],
  ['more than a day', '2026-11-23T00:00:00Z', null],
  ['nothing', null, null],
  ['nonsense', 'tomorrow', null],
  ['less than nothing', '-5', null],
])('the end of the day, told as %s', (_, value, expected) => {
  expect(readDailyReset(value, NOW)).toBe(expected)
})
