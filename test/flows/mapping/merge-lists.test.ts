import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mergeLists } from '../../../src/flows/mapping/merge-lists.ts'
import { textKey } from '../../../src/flows/mapping/text-key.ts'

test('what either side added is there, what either removed is gone', () => {
  expect(mergeLists(['a', 'b', 'c'], ['a', 'b', 'x'], ['b', 'c', 'y'])).toEqual(['b', 'x', 'y'])
  expect(mergeLists(['a', 'b'], [], ['a', 'b', 'c'])).toEqual(['c'])
})

test('without a base nothing was removed', () => {
  expect(mergeLists(null, ['a'], ['b', 'A'])).toEqual(['a', 'b'])
})

test('the spelling that was changed stays', () => {
  expect(mergeLists(['vip'], ['vip'], ['VIP'])).toEqual(['VIP'])
  expect(mergeLists(['vip'], ['Vip'], ['VIP'])).toEqual(['Vip'])
  expect(mergeLists([], ['New'], ['new', ' '])).toEqual(['New'])
})

test('as sets both orders give the same, every entry once, and only what somebody has', () => {
  const list = fc.array(fc.constantFrom('a', 'A', 'b', 'ü', 'u\u0308', 'c', ' d', ''), { maxLength: 6 })
  const keys = (entries: readonly string[]): Set<string> => new Set(entries.map(textKey).filter(Boolean))
  fc.assert(
    fc.property(fc.option(list), list, list, (base, one, other) => {
      const merged = mergeLists(base, one, other)
      expect(keys(merged)).toEqual(keys(mergeLists(base, other, one)))
      expect(merged).toHaveLength(keys(merged).size)
      for (const key of keys(merged)) expect(keys([...one, ...other])).toContain(key)
      expect(keys(mergeLists(base, one, one))).toEqual(keys(one))
      expect(keys(mergeLists(one, one, other))).toEqual(keys(other))
    }),
    { numRuns: 300, seed: 3 },
  )
})
