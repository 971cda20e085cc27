import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Line, startLine } from '../support/line.ts'
import { countTraces, createSigner, eventOf, post, type Signer } from './platform.ts'

let line: Line
let signer: Signer

beforeAll(async () => {
  signer = createSigner()
  line = await startLine({ work: false, webhookKeys: [signer.publicPem] })
})
afterAll(() => line?.close())

const MOST = 256 * 1024
const signed = (body: Uint8Array | string, headers: Record<string, string> = {}): Promise<Response> =>
  post(line, body, { 'x-ghl-signature': signer.sign(body), ...headers })
const sized = (bytes: number): string => {
  const event = eventOf(line, { filler: '' })
  return JSON.stringify({ ...event, filler: 'x'.repeat(bytes - JSON.stringify(event).length) })
}

test('a body of exactly 256 KB is taken', async () => {
  expect((await signed(sized(MOST))).status).toBe(200)
})

test.each([MOST + 1, 257 * 1024, 3_000_000])(
  'a signed body of %i bytes is answered 413, however it is announced',
  async (bytes) => {
    const before = await countTraces(line)
    const body = sized(bytes)
    for (const chunked of [false, true]) {
      const wire = await open()
      wire.head({
        'x-ghl-signature': signer.sign(body),
        ...(chunked ? { 'transfer-encoding': 'chunked' } : { 'content-length': String(bytes) }),
      })
      if (chunked) wire.chunk(body)
      else wire.socket.write(body)
      expect(await wire.answer()).toMatch(/^HTTP\/1\.1 413 [\s\S]*connection: close[\s\S]*too_large/i)
      await wire.ended
    }
    expect(await countTraces(line)).toEqual(before)
  },
)

test('an announced size is answered before a byte of it is sent', async () => {
  const wire = await open()
  wire.head({ 'content-length': '3000000' })
  expect(await wire.answer()).toMatch(/^HTTP\/1\.1 413 /)
  await wire.ended
})

test('an endless body is answered 413 early, the connection is closed, and memory stays flat', async () => {
  const before = process.memoryUsage().rss
  const wire = await open()
  wire.head({ 'transfer-encoding': 'chunked', 'x-ghl-signature': signer.sign('something else') })
  const sent = await wire.pour(Buffer.alloc(64 * 1024, 'x'), 200 * 1024 * 1024)
  expect(wire.received()).toMatch(/^HTTP\/1\.1 413 [\s\S]*connection: close/i)
  // What the two sockets' buffers hold was sent, although nobody read it.
  expect(sent).toBeLessThan(32 * 1024 * 1024)
  expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024)
})

test('an endless body without a signature is not read at all', async () => {
  const wire = await open()
  wire.head({ 'transfer-encoding': 'chunked' })
  const sent = await wire.pour(Buffer.alloc(64 * 1024, 'x'), 200 * 1024 * 1024)
  expect(wire.received()).toMatch(/^HTTP\/1\.1 401 [\s\S]*connection: close/i)
  expect(sent).toBeLessThan(32 * 1024 * 1024)
})

test('after a refusal that did not wait for the body, the connection can be used again', async () => {
  const wire = await open()
  const body = JSON.stringify(eventOf(line))
  wire.head({ 'content-length': String(body.length) })
  expect(await wire.answer()).toMatch(/^HTTP\/1\.1 401 (?![\s\S]*connection: close)/i)
  wire.socket.write(body)
  wire.forget()
  wire.head({ 'content-length': String(body.length), 'x-ghl-signature': signer.sign(body) })
  wire.socket.write(body)
  expect(await wire.answer()).toMatch(/^HTTP\/1\.1 200 /)
  wire.socket.destroy()
})

test('an endless body to a wrong address is not read to its end', async () => {
  const wire = await open()
  wire.head({ 'transfer-encoding': 'chunked' }, '/webhooks/nobody')
  const sent = await wire.pour(Buffer.alloc(64 * 1024, 'x'), 200 * 1024 * 1024)
  expect(wire.received()).toMatch(/^HTTP\/1\.1 404 [\s\S]*connection: close/i)
  expect(sent).toBeLessThan(32 * 1024 * 1024)
})

test('a sender that goes away within its body is no error of ours', async () => {
  const wire = await open()
  wire.head({ 'content-length': '5000', 'x-ghl-signature': 'A' })
  wire.socket.write('x'.repeat(1000))
  await new Promise((resolve) => setTimeout(resolve, 50))
  wire.socket.destroy()
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(line.logged.filter((entry) => JSON.parse(entry).level === 'error')).toEqual([])
})

test.each(['gzip', 'GZIP', 'deflate', 'br', 'zstd', 'identity, gzip', 'x-unheard-of'])(
  'a body encoded as %s is answered 415 and not unpacked',
  async (encoding) => {
    const before = await countTraces(line)
    const plain = JSON.stringify(eventOf(line))
    const bodies = [gzipSync(plain), brotliCompressSync(plain), Buffer.from(plain)]
    for (const body of bodies) expect((await signed(body, { 'content-encoding': encoding })).status).toBe(415)
    expect(await countTraces(line)).toEqual(before)
  },
)

test('200 MB packed into 200 KB are answered 415 at once', async () => {
  const bomb = gzipSync(Buffer.alloc(200 * 1024 * 1024))
  const startedAt = performance.now()
  expect((await signed(bomb, { 'content-encoding': 'gzip' })).status).toBe(415)
  expect(performance.now() - startedAt).toBeLessThan(500)
})

test('identity is no encoding, and the content type does not matter', async () => {
  for (const headers of [
    { 'content-encoding': 'identity' },
    { 'content-encoding': '' },
    { 'content-type': 'application/json; charset=utf-16' },
    { 'content-type': 'text/plain' },
    { 'content-type': 'nonsense' },
  ])
    expect((await signed(JSON.stringify(eventOf(line)), headers as Record<string, string>)).status).toBe(200)
})

test('a signed body without any content type is taken', async () => {
  const body = JSON.stringify(eventOf(line))
  const wire = await open()
  wire.head({ 'x-ghl-signature': signer.sign(body), 'content-length': String(body.length), connection: 'close' })
  wire.socket.write(body)
  expect(await wire.answer()).toMatch(/^HTTP\/1\.1 200 /)
})

/** A request written by hand: clients of the usual kind refuse to misbehave like this. */
async function open() {
  const socket: Socket = connect(Number(new URL(line.appUrl).port), '127.0.0.1')
  let text = ''
  socket.on('data', (bytes: Buffer) => {
    text += bytes
  })
  socket.on('error', () => {}) // a reset is an end
  await once(socket, 'connect')
  const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  return {
    socket,
    ended,
    received: () => text,
    forget(): void {
      text = ''
    },
    head(headers: Record<string, string>, path = '/webhooks/highlevel'): void {
      const lines = Object.entries({ host: 'app', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`)
      socket.write(`POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n`)
    },
    chunk(bytes: string): void {
      socket.write(`${bytes.length.toString(16)}\r\n${bytes}\r\n0\r\n\r\n`)
    },
    /** Resolves with what came when an answer is complete or the connection has ended. */
    answer: async (): Promise<string> => {
      for (const deadline = Date.now() + 3000; Date.now() < deadline && !/\r\n\r\n.*}$/s.test(text); )
        await new Promise((resolve) => setTimeout(resolve, 10))
      return text
    },
    /** Sends one chunk after another until the connection ends; says how many bytes left. */
    pour: async (bytes: Buffer, most: number): Promise<number> => {
      const chunk = Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')])
      let sent = 0
      while (sent < most && !socket.destroyed) {
        sent += bytes.length
        if (!socket.write(chunk)) await Promise.race([once(socket, 'drain').catch(() => {}), ended])
      }
      await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 3000))])
      return sent
    },
  }
}
