import { expect, test } from 'vitest'
import { createProgress } from '../../src/lib/progress.ts'

function watch(isTTY: boolean) {
  let clock = 0
  const written: string[] = []
  const progress = createProgress({ isTTY, write: (text) => written.push(text) }, () => clock)
  const pass = (milliseconds: number): void => {
    clock += milliseconds
  }
  return { ...progress, written, pass }
}

test('a terminal sees a bar, how fast it goes and how long it will take', () => {
  const { show, end, pass, written } = watch(true)
  pass(10_000)
  show(2500, 10_000)
  expect(written).toEqual(['\r\x1b[K[######..................] 25 % · 2,500 of 10,000 · 250/s · 30 s left'])
  pass(10_000)
  show(2501, 1_000_000)
  expect(written.at(-1)).toMatch(/0 % · 2,501 of 1,000,000 · 125\/s · 2 h 12 min left$/)
  end()
  expect(written.at(-1)).toBe('\n')
})

test('a file gets a line every few seconds and the last state', () => {
  const { show, end, pass, written } = watch(false)
  for (let done = 1; done <= 700; done++) {
    pass(10)
    show(done, 700)
  }
  end()
  expect(written).toEqual([
    '42 % · 300 of 700 · 100/s · 4 s left\n',
    '85 % · 600 of 700 · 100/s · 1 s left\n',
    '100 % · 700 of 700 · 100/s\n',
  ])
})

test('where there was nothing to do nothing is shown', () => {
  for (const isTTY of [true, false]) {
    const { end, written } = watch(isTTY)
    end()
    expect(written).toEqual([])
  }
})

test('many quick steps are few lines on a terminal too', () => {
  const { show, end, written } = watch(true)
  for (let done = 0; done <= 5000; done++) show(done, 5000)
  end()
  expect(written).toHaveLength(3)
  expect(written.at(-2)).toContain('100 %')
})
