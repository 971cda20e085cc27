import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { expect, test } from 'vitest'
import {
  createWebhookVerifier,
  PLATFORM_LEGACY_KEY,
  PLATFORM_WEBHOOK_KEY,
} from '../../src/highlevel/webhook-signature.ts'
import { createRandom } from '../support/random.ts'

const pemOf = (key: KeyObject): string => key.export({ type: 'spki', format: 'pem' }) as string

const [current, next, foreign] = Array.from({ length: 3 }, () => generateKeyPairSync('ed25519'))
const [legacy, foreignLegacy] = Array.from({ length: 2 }, () => generateKeyPairSync('rsa', { modulusLength: 2048 }))
if (!current || !next || !foreign || !legacy || !foreignLegacy) throw new Error('No keys.')

const body = Buffer.from('{"type":"ContactUpdate"}')
const ed = (pair: { privateKey: KeyObject }, bytes = body): string =>
  sign(null, bytes, pair.privateKey).toString('base64')
const rsa = (pair: { privateKey: KeyObject }, bytes = body): string =>
  sign('sha256', bytes, pair.privateKey).toString('base64')

const pems = [current, next].map(({ publicKey }) => pemOf(publicKey))
const verifiers = {
  on: createWebhookVerifier({ pems, legacyPems: [pemOf(legacy.publicKey)] }),
  off: createWebhookVerifier({ pems, legacyPems: [] }),
}

async function accepts(
  mode: 'on' | 'off',
  headers: Record<string, string>,
  bytes: Uint8Array = body,
): Promise<boolean> {
  const offer = verifiers[mode].read(headers)
  return typeof offer === 'object' && verifiers[mode].verify(bytes, offer)
}

/** What may stand in X-GHL-Signature, and whether it is good. */
const CURRENT: [string, string | undefined, 'good' | 'bad' | 'absent'][] = [
  ['nothing', undefined, 'absent'],
  ['N/A', 'N/A', 'absent'],
  ['good', ed(current), 'good'],
  ['good by the next key', ed(next), 'good'],
  ['by a foreign key', ed(foreign), 'bad'],
  ['of another body', ed(current, Buffer.from('{}')), 'bad'],
  ['empty', '', 'bad'],
  ['n/a', 'n/a', 'bad'],
  ['N/A twice', 'N/A, N/A', 'bad'],
  ['good twice', `${ed(current)}, ${ed(current)}`, 'bad'],
  ['good beside N/A', `${ed(current)}, N/A`, 'bad'],
  ['cut', ed(current).slice(0, 60), 'bad'],
  ['base64url', Buffer.from(ed(current), 'base64').toString('base64url'), 'bad'],
  ['a good RSA one', rsa(legacy), 'bad'],
]

/** What may stand in X-WH-Signature, and whether it is good. */
const LEGACY: [string, string | undefined, boolean][] = [
  ['nothing', undefined, false],
  ['N/A', 'N/A', false],
  ['good', rsa(legacy), true],
  ['by a foreign key', rsa(foreignLegacy), false],
  ['of another body', rsa(legacy, Buffer.from('{}')), false],
  ['good twice', `${rsa(legacy)}, ${rsa(legacy)}`, false],
  ['empty', '', false],
  ['a good Ed25519 one', ed(current), false],
]

const pairs = (['on', 'off'] as const).flatMap((mode) =>
  CURRENT.flatMap(([currentName, currentText, currentIs]) =>
    LEGACY.map(([legacyName, legacyText, isLegacyGood]) => ({
      name: `legacy ${mode}: ${currentName} with ${legacyName}`,
      mode,
      headers: {
        ...(currentText !== undefined && { 'x-ghl-signature': currentText }),
        ...(legacyText !== undefined && { 'x-wh-signature': legacyText }),
      },
      accepted: currentIs === 'good' || (currentIs === 'absent' && mode === 'on' && isLegacyGood),
    })),
  ),
)

test('beside the current header the legacy one never counts, and alone only where it is switched on', async () => {
  const wrong: string[] = []
  for (const { name, mode, headers, accepted } of pairs) {
    if ((await accepts(mode, headers)) !== accepted) wrong.push(name)
  }
  expect(pairs).toHaveLength(224)
  expect(wrong).toEqual([])
})

test('what is missing and what cannot be a signature is known before the body is', () => {
  expect(verifiers.on.read({})).toBe('missing')
  expect(verifiers.on.read({ 'x-ghl-signature': 'N/A', 'x-wh-signature': 'N/A' })).toBe('missing')
  expect(verifiers.off.read({ 'x-wh-signature': rsa(legacy) })).toBe('missing')
  expect(verifiers.on.read({ 'x-ghl-signature': '' })).toBe('malformed')
  expect(verifiers.on.read({ 'x-ghl-signature': 'A'.repeat(1_000_000) })).toBe('malformed')
})

test('of many thousand changed signatures and bodies none is accepted', async () => {
  const random = createRandom(20).next
  const signature = ed(current)
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=-_ ,'
  let accepted = 0
  for (let round = 0; round < 4000; round++) {
    const place = Math.floor(random() * signature.length)
    const letter = alphabet[Math.floor(random() * alphabet.length)] ?? ''
    const changed = signature.slice(0, place) + letter + signature.slice(place + (random() < 0.8 ? 1 : 0))
    const bytes = Buffer.from(body)
    if (changed === signature || random() < 0.3) {
      const at = Math.floor(random() * bytes.length)
      bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(random() * 8))
      if (await accepts('on', { 'x-ghl-signature': signature }, bytes)) accepted++
    } else if (await accepts('on', { 'x-ghl-signature': changed })) accepted++
  }
  expect(accepted).toBe(0)
})

test('the published keys are those of the documents', () => {
  const fingerprint = (pem: string): string =>
    createHash('sha256')
      .update(createPublicKey(pem).export({ type: 'spki', format: 'der' }))
      .digest('hex')
  expect(fingerprint(PLATFORM_WEBHOOK_KEY)).toBe('5a2c1b2749d3efcc233fb27d4ab43d56b8d20818c42cd226f6c9a3ff20d3097c')
  expect(fingerprint(PLATFORM_LEGACY_KEY)).toBe('2f62045d413b1b7747e26770ce7f57840cbf86288cd20ceb90d299a62501fd25')
})
