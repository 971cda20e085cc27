import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import {
  hashHookSecret,
  hookUrl,
  MOST_GENERATIONS,
  matchHash,
  newHookSecret,
} from '../../src/connections/hook-secret.ts'

test('both parts are 256 random bits each, and neither can be moved into the other', () => {
  const made = Array.from({ length: 200 }, newHookSecret).flatMap(({ secret, key }) => [secret, key])
  expect(new Set(made).size).toBe(400)
  for (const part of made) expect(Buffer.from(part, 'base64url')).toHaveLength(32)
  const hashes = [
    { secret: 'ab', key: 'c' },
    { secret: 'a', key: 'bc' },
    { secret: 'abc', key: '' },
    { secret: '', key: 'abc' },
  ].map((secret) => hashHookSecret(secret).toString('hex'))
  expect(new Set(hashes).size).toBe(4)
})

test('the address holds the secret and not the key', () => {
  const secret = newHookSecret()
  const url = hookUrl('https://app.example.com', 'some-id', secret)
  expect(url).toBe(`https://app.example.com/hooks/some-id/${secret.secret}`)
  expect(url).not.toContain(secret.key)
})

test('each of the generations is found, and nothing else', () => {
  const hashes = Array.from({ length: MOST_GENERATIONS }, () => randomBytes(32))
  for (const [index, hash] of hashes.entries()) expect(matchHash(hashes, Buffer.from(hash))).toBe(index)
  for (const among of [hashes, hashes.slice(0, 1), []]) {
    expect(matchHash(among, randomBytes(32))).toBe(-1)
    expect(matchHash(among, Buffer.alloc(32))).toBe(-1) // what empty places are compared with
  }
})

/** Welch's t of two samples without their slowest tenth: the machine does other things as well. */
function welch(left: number[], right: number[]): number {
  const describe = (sample: number[]) => {
    const kept = sample.toSorted((one, other) => one - other).slice(0, Math.floor(sample.length * 0.9))
    const mean = kept.reduce((sum, value) => sum + value, 0) / kept.length
    const variance = kept.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (kept.length - 1)
    return { mean, error: variance / kept.length }
  }
  const [one, other] = [describe(left), describe(right)]
  return (one.mean - other.mean) / Math.sqrt(one.error + other.error)
}

test('it takes as long whichever it is, and when it is none', () => {
  const hashes = Array.from({ length: MOST_GENERATIONS }, () => randomBytes(32))
  const nearly = Buffer.from(hashes[0] as Buffer)
  nearly[31] = (nearly[31] ?? 0) ^ 1
  const cases: [Buffer[], Buffer][] = [
    [hashes, hashes[0] as Buffer],
    [hashes, hashes.at(-1) as Buffer],
    [hashes, nearly],
    [hashes, randomBytes(32)],
    [[], hashes[0] as Buffer],
  ]
  // A comparison that stops at the first difference gives hundreds, each time; a machine with other things to do, once in a while.
  const greatest = Array.from({ length: 3 }, () => greatestDifference(cases))
  expect(Math.min(...greatest)).toBeLessThan(40)
})

function greatestDifference(cases: [Buffer[], Buffer][]): number {
  const times = cases.map((): number[] => [])
  for (let round = 0; round < 3000; round++) {
    for (const [index, [among, given]] of cases.entries()) {
      const begun = process.hrtime.bigint()
      for (let time = 0; time < 20; time++) matchHash(among, given)
      if (round >= 500) times[index]?.push(Number(process.hrtime.bigint() - begun))
    }
  }
  const [found = [], ...others] = times
  return Math.max(...others.map((other) => Math.abs(welch(found, other))))
}
