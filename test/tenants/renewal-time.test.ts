import { expect, test } from 'vitest'
import { renewalTime, retryTime, type Setback, shareOfMinute } from '../../src/tenants/renewal-time.ts'
import { createRandom } from '../support/random.ts'
import { simulateRenewals } from '../support/simulate-renewals.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
const chance = createRandom(7).next

const many = <T>(make: () => T): T[] => Array.from({ length: 5000 }, make)

test('a pair is renewed somewhere between 30 and 95 percent of its life, anywhere in between', () => {
  const shares = many(() => renewalTime(1000, 1000 + DAY, chance)).map((at) => (at - 1000) / DAY)
  expect(Math.min(...shares)).toBeGreaterThanOrEqual(0.3)
  expect(Math.max(...shares)).toBeLessThanOrEqual(0.95)
  for (const part of [0.3, 0.43, 0.56, 0.69, 0.82]) {
    const inPart = shares.filter((share) => share >= part && share < part + 0.13).length
    expect(inPart / shares.length).toBeCloseTo(0.2, 1)
  }
})

test('in the days after a storm of ten thousand no minute has more than twice the mean', () => {
  const minutes = simulateRenewals({ population: 10_000, days: 3, chance })
  const mean = minutes.reduce((sum, count) => sum + count, 0) / minutes.length
  expect(mean).toBeGreaterThan(8)
  expect(Math.max(...minutes)).toBeLessThanOrEqual(2 * mean)
})

test('a minute’s share is half as much again as the mean, so that a backlog drains', () => {
  expect(shareOfMinute(90_000)).toBe(150)
  expect(shareOfMinute(1)).toBe(1)
  expect(shareOfMinute(0)).toBe(0)
})

const delays = (setback: Setback, left: number): number[] =>
  many(() => retryTime(setback, { now: DAY, expiresAt: DAY + left, chance }) - DAY)

test('trouble that may heal is tried the sooner the nearer the end, and then less and less', () => {
  const mean = (left: number): number => delays('transient', left).reduce((sum, delay) => sum + delay, 0) / 5000
  expect(mean(DAY)).toBeGreaterThan(mean(60 * MINUTE))
  expect(mean(60 * MINUTE)).toBeGreaterThan(mean(10 * MINUTE))
  expect(mean(-2 * 60 * MINUTE)).toBeGreaterThan(mean(-10 * MINUTE))
  for (const left of [DAY, 0, -DAY]) {
    const all = delays('transient', left)
    expect(Math.min(...all)).toBeGreaterThanOrEqual(MINUTE / 2)
    expect(Math.max(...all)).toBeLessThanOrEqual(45 * MINUTE)
    expect(Math.max(...all) / Math.min(...all)).toBeGreaterThan(2)
  }
})

test('a sleeping location is looked at about once an hour, a refused token at most twice in one', () => {
  expect(Math.min(...delays('inactive', DAY))).toBeGreaterThanOrEqual(30 * MINUTE)
  expect(Math.max(...delays('inactive', DAY))).toBeLessThanOrEqual(90 * MINUTE)
  expect(Math.min(...delays('refused', 0))).toBeGreaterThanOrEqual(30 * MINUTE)
})
