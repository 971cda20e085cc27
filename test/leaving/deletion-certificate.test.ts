import { randomBytes } from 'node:crypto'
import { compactVerify, decodeProtectedHeader, importJWK, type JWK } from 'jose'
import { expect, test } from 'vitest'
import { type DeletionClaims, signCertificate, verifyCertificate } from '../../src/leaving/deletion-certificate.ts'

const key = (kid: string) => ({ kid, key: randomBytes(32) })
const [current, former] = [key('k2'), key('k1')]

const CLAIMS: DeletionClaims = {
  tenant: '6f1d9a52-40c4-4f0e-9c0f-3a4f1f6f0b7e',
  app: 'app',
  company: null,
  location: 'location',
  uninstalled: '2026-11-21T10:00:00.000Z',
  begun: '2026-12-21T10:00:00.000Z',
  purged: '2026-12-21T10:00:05.000Z',
  rows: { links: 3 },
  key: 'key',
  masterKey: 'k1',
  audit: { seq: 12, hash: 'ff' },
}

test('a certificate is genuine for whoever has its master key, the current one or one before', async () => {
  const certificate = await signCertificate([former], 'id', CLAIMS)
  expect(await verifyCertificate([current, former], certificate)).toMatchObject({
    isGenuine: true,
    kid: 'k1',
    claims: { ...CLAIMS, iss: 'causeway', jti: 'id', iat: 1_797_847_205 },
  })
})

test('whoever has the certificate alone can check it with the public key that it carries', async () => {
  const certificate = await signCertificate([current], 'id', CLAIMS)
  const { jwk, alg } = decodeProtectedHeader(certificate)
  expect(Object.keys(jwk ?? {}).sort()).toEqual(['crv', 'kty', 'x'])
  await expect(compactVerify(certificate, await importJWK(jwk as JWK, alg))).resolves.toBeTruthy()
})

const bend = (text: string): string => `${text.slice(0, 20)}${text[20] === 'A' ? 'B' : 'A'}${text.slice(21)}`

test.each([
  ['by a master key of elsewhere', async () => signCertificate([key('k2')], 'id', CLAIMS), 'unknown_key'],
  ['by a master key of another name', async () => signCertificate([key('k9')], 'id', CLAIMS), 'unknown_key'],
  [
    'and changed since',
    async () => {
      const [header, claims, signature] = (await signCertificate([current], 'id', CLAIMS)).split('.')
      return [header, bend(String(claims)), signature].join('.')
    },
    'changed',
  ],
  ['in no way at all', async () => 'certainly', 'unreadable'],
])('one that is signed %s is not', async (_name, make, reason) => {
  expect(await verifyCertificate([current, former], await make())).toEqual({ isGenuine: false, reason })
})
