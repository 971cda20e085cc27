import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { readToken, signToken } from '../../src/lib/signed-token.ts'

const newKey = (kid: string) => ({ kid, key: randomBytes(32) })
const KEYS = [newKey('now'), newKey('before')]
const NOW = Date.UTC(2026, 10, 21)

const sign = (keys = KEYS) => signToken(keys, { purpose: 'door', claims: { sub: 'me' }, lifeMs: 60_000, now: NOW })
const read = (value: string, change: { keys?: typeof KEYS; purpose?: string; now?: number } = {}) =>
  readToken(change.keys ?? KEYS, { purpose: change.purpose ?? 'door', value, now: change.now ?? NOW })

test('a token says for its purpose, while it lives, what it was given', async () => {
  const token = await sign()
  expect(await read(token)).toMatchObject({ sub: 'me' })
  expect(await read(token, { now: NOW + 59_000 })).toMatchObject({ sub: 'me' })
  expect(await read(token, { now: NOW + 60_000 })).toBeUndefined()
  for (const purpose of ['', 'Door', 'door ', 'other']) expect(await read(token, { purpose })).toBeUndefined()
})

test('the first key signs, every key of the ring is believed, a key that left is not', async () => {
  const [now, before] = KEYS
  const old = await sign(before ? [before] : [])
  expect(await read(old)).toMatchObject({ sub: 'me' })
  expect(await read(old, { keys: now ? [now] : [] })).toBeUndefined()
  expect(await read(await sign(), { keys: [newKey('now')] })).toBeUndefined()
  await expect(sign([])).rejects.toThrow('empty')
})

test('one changed letter anywhere, and it is nobody’s', async () => {
  const token = await sign()
  for (let at = 0; at < token.length - 1; at++) {
    const letter = token[at] === 'A' ? 'B' : 'A'
    expect(await read(`${token.slice(0, at)}${letter}${token.slice(at + 1)}`)).toBeUndefined()
  }
})

test('what is too long is not looked at', async () => {
  const startedAt = performance.now()
  expect(await read('A'.repeat(50_000_000))).toBeUndefined()
  expect(performance.now() - startedAt).toBeLessThan(200)
})
