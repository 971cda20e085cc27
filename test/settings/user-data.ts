import { createCipheriv, createHash, randomBytes } from 'node:crypto'

/** What the host seals for an embedded page, made here without the product's or the sandbox's help. */
export function sealText(text: string, secret: string, salt: Buffer = randomBytes(8)): string {
  const digest = (...parts: (Buffer | string)[]): Buffer =>
    parts.reduce<ReturnType<typeof createHash>>((hash, part) => hash.update(part), createHash('md5')).digest()
  const first = digest(secret, salt)
  const second = digest(first, secret, salt)
  const third = digest(second, secret, salt)
  const cipher = createCipheriv('aes-256-cbc', Buffer.concat([first, second]), third)
  return Buffer.concat([Buffer.from('Salted__'), salt, cipher.update(text), cipher.final()]).toString('base64')
}

export const seal = (data: object, secret: string): string => sealText(JSON.stringify(data), secret)
