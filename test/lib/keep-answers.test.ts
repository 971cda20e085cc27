import { expect, test } from 'vitest'
import { keepAnswers } from '../../src/lib/keep-answers.ts'

const KEPT_MS = 1000
const MOST = 2

function source() {
  let [clock, asked] = [0, 0]
  const answers = keepAnswers<number>({ keptMs: KEPT_MS, most: MOST, now: () => clock })
  return {
    get: (key: string) => answers(key, async () => ++asked),
    fail: (key: string) => answers(key, () => Promise.reject(new Error('no answer'))),
    pass: (milliseconds: number): void => {
      clock += milliseconds
    },
  }
}

test('those who ask at the same time share one answer', async () => {
  const { get } = source()
  expect(await Promise.all([get('a'), get('a'), get('b')])).toEqual([1, 1, 2])
})

test('an answer is kept until its time is over', async () => {
  const { get, pass } = source()
  await get('a')
  pass(KEPT_MS - 1)
  expect(await get('a')).toBe(1)
  pass(1)
  expect(await get('a')).toBe(2)
})

test('a failure reaches all who waited, and is not kept', async () => {
  const { get, fail } = source()
  const waited = await Promise.allSettled([fail('a'), get('a')])
  expect(waited.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect(await get('a')).toBe(1)
})

test('beyond so many keys all are forgotten', async () => {
  const { get } = source()
  await get('a')
  await get('b')
  await get('c')
  expect(await get('a')).toBe(4)
})
