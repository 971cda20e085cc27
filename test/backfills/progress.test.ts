import { expect, test } from 'vitest'
import { type Backfill, NO_COUNTS } from '../../src/backfills/backfill.ts'
import { estimateSeconds } from '../../src/backfills/estimate-time.ts'
import { progressOf } from '../../src/backfills/progress-of.ts'

const running = (change: Partial<Backfill>): Backfill => ({
  ...{ id: 'a', flowId: 'b', connectionId: 'c', object: 'contact', source: 'highlevel', mappingVersion: 1 },
  ...{
    status: 'running',
    resumes: null,
    reason: null,
    askedBy: 'owner',
    createdAt: new Date(0),
    startedAt: new Date(0),
  },
  ...{ finishedAt: null, wakeAt: null, place: null, counts: NO_COUNTS, troubles: 0, failedInARow: 0 },
  ...{ total: 1000, done: 250, busyMs: 50_000 },
  ...change,
})

test('the rate is that of the time in which it was worked on, and says how long the rest takes', () => {
  expect(progressOf(running({}))).toEqual({ done: 250, total: 1000, share: 0.25, perSecond: 5, secondsLeft: 150 })
  expect(progressOf(running({ busyMs: 500 }))).toMatchObject({ perSecond: null, secondsLeft: null })
  expect(progressOf(running({ total: null }))).toMatchObject({ total: null, share: null, secondsLeft: null })
})

test('records that are added while it runs never move it back', () => {
  const shares = [900, 1000, 1001, 1100].map((done) => progressOf(running({ done })).share)
  expect(shares).toEqual([0.9, 1, 1, 1])
  expect(progressOf(running({ status: 'done', done: 0, total: 0 })).share).toBe(1)
})

test('a plan reckons with the slower side, and with the days that a limit takes', () => {
  const limits = { requestsPerSecond: 2, concurrency: 2 }
  const [out, back] = [
    { source: 'highlevel', labels: true },
    { source: 'partner', labels: false },
  ] as const
  expect(estimateSeconds(1000, out, limits)).toBe(1000)
  expect(estimateSeconds(1000, back, limits)).toBe(102)
  expect(estimateSeconds(1000, { ...back, labels: true }, limits)).toBe(1010)
  expect(estimateSeconds(100_000, back, limits)).toBe(10_200) // 102,000 calls: within a day
  expect(estimateSeconds(200_000, back, limits)).toBe(86_400) // the second day
})
