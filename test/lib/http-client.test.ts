import { createServer, type Server as HttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, expect, test } from 'vitest'
import { createHttpClient } from '../../src/lib/http-client.ts'

const closers: (() => Promise<void>)[] = []

afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()))
})

async function serve(server: Server | HttpServer): Promise<string> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => void sockets.add(socket))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  )
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

const site = (handler: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> =>
  serve(createServer(handler))

const ask = createHttpClient({ timeoutMs: 400, maxBytes: 10_000 })

test('an answer of the size allowed is read, one byte more is not', async () => {
  const url = await site((request, response) => response.end('x'.repeat(request.url === '/more' ? 10_001 : 10_000)))
  expect((await ask({ method: 'GET', url })).text).toHaveLength(10_000)
  await expect(ask({ method: 'GET', url: `${url}more` })).rejects.toMatchObject({ code: 'unexpected_answer' })
})

test('an answer without an end is left at the limit', async () => {
  let sent = 0
  const url = await site((_request, response) => {
    const more = setInterval(() => {
      sent += 4096
      response.write('x'.repeat(4096))
    }, 1)
    response.on('close', () => clearInterval(more))
  })
  await expect(ask({ method: 'GET', url })).rejects.toMatchObject({ code: 'unexpected_answer' })
  const then = sent
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(sent - then).toBeLessThan(100_000)
})

test('a small answer that unpacks into a huge one is left at the limit', async () => {
  const bomb = gzipSync(Buffer.alloc(50_000_000))
  const url = await site((_request, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb))
  const before = process.memoryUsage().rss
  await expect(ask({ method: 'GET', url })).rejects.toMatchObject({ code: 'unexpected_answer' })
  expect(process.memoryUsage().rss - before).toBeLessThan(40_000_000)
})

test('a redirect is an answer like any other and is not followed', async () => {
  let visits = 0
  const url = await site((request, response) => {
    visits++
    if (request.url === '/secret') return response.end('internal')
    return response.writeHead(307, { location: '/secret' }).end()
  })
  const answer = await ask({ method: 'POST', url, body: { token: 'x' }, headers: { authorization: 'Bearer x' } })
  expect([answer.status, answer.text, visits]).toEqual([307, '', 1])
})

/** A server that says these pieces, slowly, and then keeps silent. */
const drip = (pieces: string[], everyMs: number): Promise<string> =>
  serve(
    createTcpServer((socket) => {
      const waiting = [...pieces]
      const next = setInterval(() => {
        const piece = waiting.shift()
        if (piece === undefined) clearInterval(next)
        else socket.write(piece)
      }, everyMs)
      socket.on('close', () => clearInterval(next))
      socket.on('error', () => {})
    }),
  )

const HEAD = 'HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n'

test.each<[string, () => Promise<string>]>([
  ['says nothing', () => drip([], 50)],
  ['drips its head', () => drip(HEAD.split(''), 50)],
  ['drips its body', () => drip([HEAD, ...Array(1000).fill('x')], 50)],
])('a server that %s has as long as the whole exchange may take', async (_name, make) => {
  const url = await make()
  const startedAt = performance.now()
  await expect(ask({ method: 'GET', url })).rejects.toMatchObject({ code: 'unreachable', outcomeUnknown: false })
  expect(performance.now() - startedAt).toBeLessThan(1500)
  const written = ask({ method: 'POST', url, body: {} })
  await expect(written).rejects.toMatchObject({ code: 'unreachable', outcomeUnknown: true })
})

test('a request may have a deadline of its own', async () => {
  const url = await drip([], 50)
  const startedAt = performance.now()
  await expect(ask({ method: 'GET', url, timeoutMs: 50 })).rejects.toMatchObject({ code: 'unreachable' })
  expect(performance.now() - startedAt).toBeLessThan(350)
})

test('nothing was done where nobody listens; where the line was cut nobody knows', async () => {
  const url = await site(() => {})
  await closers.splice(0)[0]?.()
  const unheard = ask({ method: 'POST', url, body: {} })
  await expect(unheard).rejects.toMatchObject({ code: 'unreachable', outcomeUnknown: false })
  const nowhere = ask({ method: 'POST', url: 'http://nowhere.invalid/', body: {}, timeoutMs: 5000 })
  await expect(nowhere).rejects.toMatchObject({ code: 'unreachable', outcomeUnknown: false })

  const cutting = await site((request) => request.socket.destroy())
  const cut = ask({ method: 'POST', url: cutting, body: {} })
  await expect(cut).rejects.toMatchObject({ code: 'unreachable', outcomeUnknown: true })
  await expect(ask({ method: 'GET', url: cutting })).rejects.toMatchObject({ outcomeUnknown: false })

  const halfway = await site((_request, response) => {
    response.writeHead(200, { 'content-length': 100 }).write('half')
    setTimeout(() => response.destroy(), 20)
  })
  await expect(ask({ method: 'PUT', url: halfway, body: {} })).rejects.toMatchObject({ outcomeUnknown: true })
})

test('what cannot be read as HTTP is trouble, not a surprise', async () => {
  for (const nonsense of [
    'SSH-2.0-OpenSSH\r\n',
    'HTTP/1.1 999999 X\r\n\r\n',
    'HTTP/1.1 200 OK\r\nbad header\r\n\r\n',
  ]) {
    await expect(ask({ method: 'GET', url: await drip([nonsense], 5) })).rejects.toMatchObject({ name: 'Trouble' })
  }
})

test('trouble names the host and nothing of the address or what was sent', async () => {
  const url = await site((request) => request.socket.destroy())
  const sent = ask({ method: 'POST', url: `${url}path-secret?token=query-secret`, body: { token: 'body-secret' } })
  const error = await sent.catch((trouble) => trouble)
  expect(error.message).toBe(`${new URL(url).host} could not be reached.`)
})

test('bodies go out as JSON or as a form, and say so', async () => {
  const url = await site((request, response) => {
    let body = ''
    request.on('data', (part) => {
      body += part
    })
    request.on('end', () => response.end(`${request.headers['content-type']} ${body}`))
  })
  expect((await ask({ method: 'POST', url, body: { a: 1 } })).text).toBe('application/json {"a":1}')
  const form = new URLSearchParams({ 'a&b': 'c=d', e: 'ü' })
  expect((await ask({ method: 'POST', url, body: form })).text).toBe(
    'application/x-www-form-urlencoded a%26b=c%3Dd&e=%C3%BC',
  )
  expect((await ask({ method: 'GET', url })).text).toBe('undefined ')
})
