import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import type { Measure } from '../support/report.ts'
import { quantilesOf } from './quantiles.ts'
import { arrivals, createRandom } from './schedule.ts'

const bench = (...args: string[]): Promise<{ stdout: string; stderr: string }> =>
  promisify(execFile)(process.execPath, [fileURLToPath(new URL('./run.ts', import.meta.url)), ...args])

test('without a name the bench lists what there is', async () => {
  expect((await bench()).stdout).toMatch(/^ {2}line /m)
})

test('a short bench of the line tells every measure as JSON, and every webhook had its effect once', async () => {
  const flags = ['--rates', '10', '--seconds', '0.6', '--runs', '1', '--locations', '3', '--seed', '7', '--json']
  const { stdout, stderr } = await bench('line', ...flags)
  expect(stderr).toBe('')
  const measures: Measure[] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  for (const measure of measures) {
    expect(measure).toEqual({
      id: expect.stringMatching(/^(floor|P\d)$/),
      name: expect.stringContaining('10/s'),
      value: expect.any(Number),
      unit: 'ms',
      floor: measure.floor === null ? null : expect.any(Number),
      ratio: measure.floor === null ? null : measure.value / Number(measure.floor),
      goal: expect.any(String),
      met: expect.any(Boolean),
      seed: 7,
    })
  }
  const names = measures.map(({ name }) => name)
  expect(names).toContain('webhook → ActiveTrail called, 50 ms partner, 10/s, p99')
  expect(names).toContain('webhook → ack, 10/s, p50')
})

test('a short bench of the intake stores every webhook once, and tells each measure', async () => {
  const { stdout, stderr } = await bench(
    'intake',
    ...['--rates', '40', '--seconds', '0.4', '--runs', '1', '--locations', '3', '--json'],
  )
  expect(stderr).toBe('')
  const measures: Measure[] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(new Set(measures.map(({ id }) => id))).toEqual(new Set(['floor', 'P1', 'P2', 'P15', 'P16', 'B12']))
  const shares = measures.filter(({ id }) => id === 'P1')
  expect(shares).toHaveLength(4)
  for (const { value, floor, ratio } of shares) expect(ratio).toBeCloseTo(value / Number(floor))
})

test('a short bench of the refresh keeps every promise that does not depend on the machine', async () => {
  const flags = ['--tenants', '40', '--latency', '20', '--in-flight', '8', '--json']
  const { stdout } = await bench('refresh', ...flags, '--parts', 'steady,storm')
  const measures: Measure[] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  const promises = measures.filter(({ unit }) => unit === '')
  expect(promises.map(({ name }) => name).join('\n')).toMatch(/beyond the first.*not the newest/s)
  expect(promises.filter(({ met }) => !met)).toEqual([])
  expect(measures.some(({ floor, ratio }) => floor !== null && ratio !== null)).toBe(true)
})

test('arrivals repeat with the seed and come at the rate that was asked for', () => {
  const times = arrivals(createRandom(3), { rate: 100, seconds: 50 })
  expect(times).toEqual(arrivals(createRandom(3), { rate: 100, seconds: 50 }))
  expect(times).toHaveLength(5000)
  expect(times.at(-1)).toBeGreaterThan(45_000)
  expect(times.at(-1)).toBeLessThan(55_000)
})

test('a quantile is a value that was measured', () => {
  expect(quantilesOf([4, 1, 3, 2])).toEqual({ p50: 2, p99: 4 })
  expect(quantilesOf([5])).toEqual({ p50: 5, p99: 5 })
})
