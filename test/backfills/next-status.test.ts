import { describe, expect, test } from 'vitest'
import type { BackfillStatus } from '../../src/backfills/backfill.ts'
import { brakeOn } from '../../src/backfills/brake-on.ts'
import { judgeTrouble, LOOK_AGAIN_MS } from '../../src/backfills/judge-trouble.ts'
import { type BackfillStep, nextStatus } from '../../src/backfills/next-status.ts'
import { Overtaken } from '../../src/connections/overtaken.ts'
import { Refusal } from '../../src/highlevel/refusal.ts'
import { AppError } from '../../src/lib/errors.ts'
import { Trouble } from '../../src/lib/trouble.ts'

const STEPS: BackfillStep[] = ['test', 'run', 'pause', 'resume', 'cancel', 'finish', 'wait', 'fail']

/** By status, where each step leads; `-` where it cannot be taken. Paused and waiting ones were running. */
const TABLE: Record<BackfillStatus, string[]> = {
  planning: ['-', '-', 'paused', '-', 'cancelled', 'planned', 'waiting', 'failed'],
  planned: ['testing', '-', '-', '-', 'cancelled', '-', '-', '-'],
  testing: ['-', '-', 'paused', '-', 'cancelled', 'tested', 'waiting', 'failed'],
  tested: ['testing', 'running', '-', '-', 'cancelled', '-', '-', '-'],
  running: ['-', '-', 'paused', '-', 'cancelled', 'done', 'waiting', 'failed'],
  paused: ['-', '-', '-', 'running', 'cancelled', '-', '-', '-'],
  waiting: ['-', '-', 'paused', 'running', 'cancelled', '-', '-', '-'],
  done: ['-', '-', '-', '-', '-', '-', '-', '-'],
  cancelled: ['-', '-', '-', '-', '-', '-', '-', '-'],
  failed: ['-', '-', '-', '-', '-', '-', '-', '-'],
}

test.each(Object.entries(TABLE))('a backfill that is %s', (status, row) => {
  const resumes = status === 'paused' || status === 'waiting' ? 'running' : null
  const standing = { status: status as BackfillStatus, resumes } as const
  expect(STEPS.map((step) => nextStatus(standing, step)?.status ?? '-')).toEqual(row)
})

test.each(['planning', 'testing', 'running'] as const)('what was %s goes on with it after a pause', (status) => {
  const paused = nextStatus({ status, resumes: null }, 'pause')
  expect(paused).toEqual({ status: 'paused', resumes: status })
  expect(nextStatus(paused ?? expect.unreachable(), 'resume')).toEqual({ status, resumes: null })
  const waiting = nextStatus({ status, resumes: null }, 'wait') ?? expect.unreachable()
  expect(nextStatus(waiting, 'pause')).toEqual({ status: 'paused', resumes: status })
})

describe('what follows from trouble', () => {
  const limited = (retryAfterMs: number) => new Trouble('rate_limited', { detail: 'Slow down.', retryAfterMs })
  test.each<[string, unknown, object | undefined]>([
    ['a limit that is spent', limited(3_600_000), { kind: 'wait', afterMs: 3_600_000, reason: 'Slow down.' }],
    ['a limit that asks for a year', limited(1e11), { kind: 'wait', afterMs: 90_000_000 }],
    ['no answer', new Trouble('unreachable', { detail: 'No.' }), { kind: 'wait', afterMs: 5000 }],
    [
      'refused credentials',
      new Trouble('credentials_refused', { detail: 'No.' }),
      { kind: 'wait', afterMs: LOOK_AGAIN_MS },
    ],
    ['a scope that is missing', new Refusal('scope_missing', 'rejected', { detail: 'No.' }), { kind: 'wait' }],
    ['lost access', new AppError('needs_reconnect'), { kind: 'wait', afterMs: LOOK_AGAIN_MS }],
    ['an uninstall', new AppError('not_installed'), { kind: 'end' }],
    ['a removed connection', new Overtaken('removed'), { kind: 'end' }],
    ['new credentials', new Overtaken('renewed'), { kind: 'wait', afterMs: 1000 }],
    ['erased credentials', new Overtaken('withdrawn'), { kind: 'wait', afterMs: LOOK_AGAIN_MS }],
    ['a record that is refused', new Trouble('rejected', { detail: 'Bad.' }), { kind: 'record', reason: 'Bad.' }],
    ['a surprise', new TypeError('x is not a function'), undefined],
  ])('%s', (_what, error, expected) => {
    const judged = judgeTrouble(error, 1, 1)
    if (expected) expect(judged).toMatchObject(expected)
    else expect(judged).toBeUndefined()
  })

  test('the more often in a row, the longer it waits, up to half an hour', () => {
    const error = new Trouble('unavailable', { detail: 'No.' })
    const waits = [1, 2, 3, 20].map((troubles) => judgeTrouble(error, troubles, 1))
    expect(waits.map((one) => one?.kind === 'wait' && one.afterMs)).toEqual([5000, 10_000, 20_000, 1_800_000])
  })
})

describe('the brake', () => {
  const counts = (touched: number, rest: number) =>
    ({ created: 0, updated: touched, unchanged: rest, skipped: 0, conflict: 0, failed: 0 }) as const
  test('a plan that touches more than a fifth has to be confirmed, and says how many', () => {
    expect(brakeOn(counts(21, 79), 10_000)).toContain('about 2100 of 10000')
    expect(brakeOn(counts(20, 80), 10_000)).toBeNull()
  })
  test('where nobody says how many there are, the share of the sample counts', () => {
    expect(brakeOn(counts(60, 40), null)).toContain('60 of the first 100')
  })
  test('a few records need no confirmation, and nothing none', () => {
    expect(brakeOn(counts(15, 0), 15)).toBeNull()
    expect(brakeOn(counts(0, 0), 0)).toBeNull()
  })
})
