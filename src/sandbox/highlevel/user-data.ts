import { createCipheriv, createHash, randomBytes } from 'node:crypto'
import { getUser } from './places.ts'
import type { World } from './world.ts'

/** What the host tells an embedded page about the person in front of it, sealed with the app's shared secret. */
export function sealUserData(world: World, userId: string, locationId: string | null): string {
  const user = getUser(world, userId)
  const data = {
    userId: user.id,
    companyId: user.companyId,
    role: user.role,
    type: user.type,
    ...(locationId !== null && { activeLocation: locationId }),
    userName: `${user.firstName} ${user.lastName}`,
    email: user.email,
  }
  return sealWithPassphrase(JSON.stringify(data), world.registration.ssoSecret)
}

/**
 * The format of CryptoJS.AES with a passphrase, which HighLevel uses: OpenSSL's "Salted__", a salt, and AES-256-CBC
 * under a key from MD5, one round. Weak by today's measure, and not ours to choose.
 */
function sealWithPassphrase(text: string, passphrase: string): string {
  const salt = randomBytes(8)
  const material = deriveBytes(passphrase, salt, 48)
  const cipher = createCipheriv('aes-256-cbc', material.subarray(0, 32), material.subarray(32))
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return Buffer.concat([Buffer.from('Salted__'), salt, sealed]).toString('base64')
}

function deriveBytes(passphrase: string, salt: Buffer, length: number): Buffer {
  const blocks: Buffer[] = []
  for (let size = 0; size < length; size += 16) {
    const previous = blocks.at(-1) ?? Buffer.alloc(0)
    blocks.push(createHash('md5').update(previous).update(passphrase).update(salt).digest())
  }
  return Buffer.concat(blocks)
}
