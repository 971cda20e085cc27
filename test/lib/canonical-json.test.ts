import { expect, test } from 'vitest'
import { canonicalJson } from '../../src/lib/canonical-json.ts'
import { below, pick, randomly } from '../support/randomly.ts'

test('the order of members makes no difference, the order of a list does', () => {
  expect(canonicalJson({ b: 1, a: { d: [2, 1], c: null } })).toBe('{"a":{"c":null,"d":[2,1]},"b":1}')
  expect(canonicalJson([1, 2])).not.toBe(canonicalJson([2, 1]))
})

test('a member without a value is no member, and a date is its text', () => {
  expect(canonicalJson({ a: undefined, b: 1 })).toBe('{"b":1}')
  expect(canonicalJson({ at: new Date(0) })).toBe('{"at":"1970-01-01T00:00:00.000Z"}')
  expect(canonicalJson({ at: new Date(0) })).not.toBe(canonicalJson({ at: new Date(1) }))
})

test('odd names stay what they are', () => {
  const odd = JSON.parse('{"__proto__":{"x":1},"constructor":2,"10":3,"9":4,"é":5,"e\u0301":6}')
  expect(JSON.parse(canonicalJson(odd))).toEqual(odd)
  expect(Object.getPrototypeOf(JSON.parse('{}')).x).toBeUndefined()
})

test('whatever order a value was built in, its text is the same and says the same', () => {
  randomly(500, () => {
    const value = build(3)
    const text = canonicalJson(value)
    expect(canonicalJson(shuffled(value))).toBe(text)
    expect(JSON.parse(text)).toEqual(value)
  })
})

function build(depth: number): unknown {
  if (depth === 0) return pick([null, true, 0, -1.5, 'text', 'ünï "quoted" \u2028', ''])
  if (below(2)) return Array.from({ length: below(4) }, () => build(depth - 1))
  return Object.fromEntries(
    Array.from({ length: below(5) }, () => [pick(['a', 'b', 'ä', '1', '_', 'A', '']), build(depth - 1)]),
  )
}

function shuffled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shuffled)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, member]) => [name, shuffled(member)]),
  )
}
