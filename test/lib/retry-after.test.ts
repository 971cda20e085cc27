import { expect, test } from 'vitest'
import { parseRetryAfter } from '../../src/lib/retry-after.ts'

const NOW = Date.UTC(2026, 10, 21, 12)
const DAY_MS = 86_400_000

test.each<[string | null, number | undefined]>([
  ['0', 0],
  ['7', 7000],
  [' 7 ', 7000],
  ['Sat, 21 Nov 2026 12:00:30 GMT', 30_000],
  ['Saturday, 21-Nov-26 12:00:30 GMT', 30_000],
  ['2026-11-21T12:00:05Z', 5000],
  ['99999999999999999999', DAY_MS],
  ['Sat, 21 Nov 2099 12:00:00 GMT', DAY_MS],
  ['Sat, 21 Nov 2026 11:59:59 GMT', undefined],
  [null, undefined],
  ['', undefined],
  ['  ', undefined],
  ['-5', undefined],
  ['1.5', undefined],
  ['1e3', undefined],
  ['Infinity', undefined],
  ['NaN', undefined],
  ['soon', undefined],
])('Retry-After "%s" means %s ms', (value, expected) => {
  expect(parseRetryAfter(value, NOW)).toBe(expected)
})
