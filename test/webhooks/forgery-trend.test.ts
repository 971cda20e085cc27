import { expect, test } from 'vitest'
import { forgeryTrend } from '../../src/webhooks/forgery-trend.ts'

test.each([
  ['a quiet door', {}, {}, 'calm'],
  ['somebody trying it', { accepted: 10, forged: 9 }, { accepted: 2000 }, 'calm'],
  ['unsigned posts, however many', { accepted: 10, unsigned: 90_000 }, { accepted: 2000 }, 'calm'],
  ['a new key at the platform', { forged: 400 }, { accepted: 50_000 }, 'risen'],
  ['a new key, after it has become usual', { forged: 400 }, { accepted: 10, forged: 50_000 }, 'risen'],
  ['a twentieth, where there were none', { accepted: 950, forged: 50 }, { accepted: 50_000 }, 'risen'],
  ['a twentieth, as always', { accepted: 950, forged: 50 }, { accepted: 95_000, forged: 5000 }, 'calm'],
  ['half of what begins an alarm', { accepted: 970, forged: 30 }, { accepted: 50_000 }, 'unclear'],
] as const)('%s', (_what, recent, usual, trend) => {
  expect(forgeryTrend(recent, usual)).toBe(trend)
})
