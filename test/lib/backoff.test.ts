import fc from 'fast-check'
import { expect, test } from 'vitest'
import { backoff } from '../../src/lib/backoff.ts'

const bounds = { firstMs: 1000, mostMs: 60_000 }

test('waits double from failure to failure, up to the longest', () => {
  expect([1, 2, 3, 4, 7, 8, 1000].map((failures) => backoff(bounds, failures, 1))).toEqual([
    ...[1000, 2000, 4000, 8000, 60_000, 60_000, 60_000],
  ])
})

test('what failed together is spread over the upper half of the wait', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2000 }), fc.double({ min: 0, max: 1, noNaN: true }), (failures, chance) => {
      const full = backoff(bounds, failures, 1)
      const wait = backoff(bounds, failures, chance)
      return wait >= full / 2 && wait <= full
    }),
  )
})
