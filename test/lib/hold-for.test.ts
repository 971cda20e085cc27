import { expect, test } from 'vitest'
import { holdFor } from '../../src/lib/hold-for.ts'
import { parseRetryAfter } from '../../src/lib/retry-after.ts'

const NOW = Date.parse('2026-11-21T12:00:00Z')
const INTERVAL_MS = 10_000

test.each([
  ['as asked', '30', 30_000],
  ['never at once', '0', 1000],
  ['no longer than ten minutes', '999999999', 600_000],
  ['until a date', 'Sat, 21 Nov 2026 12:00:20 GMT', 20_000],
  ['an interval, for a date over', 'Sat, 21 Nov 2026 11:00:00 GMT', INTERVAL_MS],
  ['an interval, for less than nothing', '-5', INTERVAL_MS],
  ['an interval, for nonsense', 'soon', INTERVAL_MS],
  ['an interval, for nothing said', null, INTERVAL_MS],
])('after a refusal nobody calls: %s', (_, value, expected) => {
  const askedMs = parseRetryAfter(value, NOW) ?? INTERVAL_MS
  expect(holdFor(askedMs, 0)).toBe(expected)
  expect(holdFor(askedMs, 1)).toBeCloseTo(expected * 1.1)
})
