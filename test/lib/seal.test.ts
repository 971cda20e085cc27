import { randomBytes } from 'node:crypto'
import { CompactEncrypt, compactDecrypt } from 'jose'
import { expect, test } from 'vitest'
import { open, openBytes, SealError, type SealKey, seal, sealBytes } from '../../src/lib/seal.ts'
import { below, randomly } from '../support/randomly.ts'

const newKey = (kid: string): SealKey => ({ kid, key: randomBytes(32) })
const KEY = newKey('k1')
const PLACE = 'table.column/tenant/row'

test('what was sealed opens in its place, whatever it says', async () => {
  for (const text of ['', 'a', 'ünïcödé 🙂 \u0000', 'x'.repeat(100_000)]) {
    expect(await open([KEY], PLACE, await seal(KEY, PLACE, text))).toBe(text)
    expect(openBytes(KEY, PLACE, sealBytes(KEY, PLACE, Buffer.from(text))).toString()).toBe(text)
  }
})

test('the same text is sealed differently each time', async () => {
  const sealed = await Promise.all(Array.from({ length: 500 }, () => seal(KEY, PLACE, 'same')))
  expect(new Set(sealed.map((jwe) => jwe.split('.')[2])).size).toBe(500)
  const bytes = Array.from({ length: 20_000 }, () =>
    sealBytes(KEY, PLACE, Buffer.from('same')).subarray(1, 13).toString('hex'),
  )
  expect(new Set(bytes).size).toBe(20_000)
})

test('a sealed text is what a library for it writes and reads', async () => {
  const { plaintext, protectedHeader } = await compactDecrypt(await seal(KEY, PLACE, 'ünïcödé'), KEY.key)
  expect(Buffer.from(plaintext).toString()).toBe('ünïcödé')
  const written = await new CompactEncrypt(plaintext).setProtectedHeader(protectedHeader).encrypt(KEY.key)
  expect(await open([KEY], PLACE, written)).toBe('ünïcödé')
})

test('it opens in no other place', async () => {
  const jwe = await seal(KEY, PLACE, 'secret')
  const bytes = sealBytes(KEY, PLACE, Buffer.from('secret'))
  for (const place of ['', 'table.column/tenant/row2', 'table.column/other/row', `${PLACE} `, PLACE.toUpperCase()]) {
    await expect(open([KEY], place, jwe)).rejects.toThrow(SealError)
    expect(() => openBytes(KEY, place, bytes)).toThrow(SealError)
  }
})

test('a ring opens what any of its keys sealed, by name', async () => {
  const [old, current] = [newKey('old'), newKey('new')]
  const sealed = await seal(old, PLACE, 'secret')
  expect(await open([current, old], PLACE, sealed)).toBe('secret')
  await expect(open([current], PLACE, sealed)).rejects.toThrow(SealError)
  await expect(open([{ ...current, kid: 'old' }], PLACE, sealed)).rejects.toThrow(SealError)
  await expect(open([], PLACE, sealed)).rejects.toThrow(SealError)
})

test('one changed bit anywhere, and it does not open', async () => {
  const jwe = await seal(KEY, PLACE, 'a secret of some length')
  const bytes = sealBytes(KEY, PLACE, Buffer.from('a secret of some length'))
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const bent = Buffer.from(bytes)
    bent.writeUInt8(bent.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
    expect(() => openBytes(KEY, PLACE, bent)).toThrow(SealError)
  }
  const parts = jwe.split('.').map((part) => Buffer.from(part, 'base64url'))
  for (const [index, part] of parts.entries()) {
    for (let bit = 0; bit < part.length * 8; bit++) {
      const bent = Buffer.from(part)
      bent.writeUInt8(bent.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
      const text = parts.map((one, at) => (at === index ? bent : one).toString('base64url')).join('.')
      await expect(open([KEY], PLACE, text)).rejects.toThrow(SealError)
    }
  }
})

test('nothing that is cut, lengthened or made up opens', async () => {
  const jwe = await seal(KEY, PLACE, 'secret')
  const bytes = sealBytes(KEY, PLACE, Buffer.from('secret'))
  for (let length = 0; length < bytes.length; length++) {
    expect(() => openBytes(KEY, PLACE, bytes.subarray(0, length))).toThrow(SealError)
  }
  expect(() => openBytes(KEY, PLACE, Buffer.concat([bytes, Buffer.of(0)]))).toThrow(SealError)
  for (const text of ['', '....', 'secret', `${jwe}.`, `${jwe}=`, jwe.slice(0, -1), jwe.replaceAll('.', '')]) {
    await expect(open([KEY], PLACE, text)).rejects.toThrow(SealError)
  }
  randomly(200, () => {
    expect(() => openBytes(KEY, PLACE, randomBytes(below(80)))).toThrow(SealError)
  })
})

test('only the one way of sealing is opened', async () => {
  const header = { kid: 'k1', place: PLACE }
  const other = async (alg: string, enc: string, size: number): Promise<string> =>
    new CompactEncrypt(Buffer.from('secret'))
      .setProtectedHeader({ ...header, alg, enc })
      .encrypt(alg === 'dir' ? randomBytes(size) : KEY.key)
  for (const sealed of [
    await other('dir', 'A128GCM', 16),
    await other('A256GCMKW', 'A256GCM', 32),
    await other('A256KW', 'A256GCM', 32),
  ]) {
    await expect(open([KEY], PLACE, sealed)).rejects.toThrow(SealError)
  }
  const unsealed = `${Buffer.from(JSON.stringify({ ...header, alg: 'none' })).toString('base64url')}....`
  await expect(open([KEY], PLACE, unsealed)).rejects.toThrow(SealError)
})

test('a failure says nothing of what was inside or why', async () => {
  const sealed = await seal(KEY, PLACE, 'secret')
  await expect(open([KEY], 'elsewhere', sealed)).rejects.toThrow(/^This does not open\.$/)
  await expect(open([newKey('k1')], PLACE, sealed)).rejects.toThrow(/^This does not open\.$/)
  await expect(open([], PLACE, sealed)).rejects.toThrow(/^This does not open\.$/)
})
