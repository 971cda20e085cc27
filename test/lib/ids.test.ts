import { expect, test } from 'vitest'
import { derivedId, isUuid, newId, timeOfId } from '../../src/lib/ids.ts'

test('ids are in order of their making', () => {
  const ids = Array.from({ length: 1000 }, newId)
  expect([...ids].sort()).toEqual(ids)
  expect(new Set(ids).size).toBe(1000)
  expect(Math.abs(timeOfId(String(ids[0])) - Date.now())).toBeLessThan(5000)
})

test('a derived id is the same for the same parts, in every process and version', () => {
  const base = '019a9f00-0000-7000-8000-000000000000'
  expect(derivedId(base, 'flow')).toBe(derivedId(base, 'flow'))
  expect(derivedId(base, 'flow')).toBe('019a9f00-0000-77cc-8b9b-44c8c52c28a9')
})

test('it keeps the time of its base, and is a uuid v7 like it', () => {
  for (const base of Array.from({ length: 200 }, newId)) {
    const derived = derivedId(base, 'flow')
    expect(timeOfId(derived)).toBe(timeOfId(base))
    expect(isUuid(derived)).toBe(true)
    expect(derived[14]).toBe('7')
  }
})

test('other parts, or the same cut elsewhere, make another id', () => {
  const base = newId()
  const ids = [
    derivedId(base),
    derivedId(base, ''),
    derivedId(base, 'a'),
    derivedId(base, 'ab'),
    derivedId(base, 'a', 'b'),
  ]
  expect(new Set([...ids, derivedId(newId(), 'a'), base]).size).toBe(7)
  const many = Array.from({ length: 5000 }, (_, index) => derivedId(base, String(index)))
  expect(new Set(many).size).toBe(5000)
})

test.each([
  '',
  'x',
  '019a9f00-0000-7000-8000-00000000000',
  "019a9f00-0000-7000-8000-000000000000'",
  '{019a9f00-0000-7000-8000-000000000000}',
])('"%s" is no id', (value) => {
  expect(isUuid(value)).toBe(false)
})
