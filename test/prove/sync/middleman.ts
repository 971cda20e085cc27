import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'

/** What an answer is made of instead of what it is. */
export type Spoiler =
  | { kind: 'answer'; status?: number; headers?: Record<string, string>; body: string | Buffer }
  /** A byte a second, without an end. */
  | { kind: 'drip' }
  | { kind: 'change'; body(answer: Record<string, unknown>): unknown }

/** Stands between the product and one side, and spoils answers in ways that the sandbox itself never would. */
export type Middleman = {
  url: string
  /** The next answer to such a request; until it is called off, where it is for all. */
  spoil(method: string, path: RegExp, spoiler: Spoiler, times?: number): void
  stop(): void
  close(): Promise<void>
}

export async function startMiddleman(target: string): Promise<Middleman> {
  let spoilers: { method: string; path: RegExp; spoiler: Spoiler; left: number }[] = []
  const server = createServer((request, response) => {
    const spoilt = spoilers.find(({ method, path }) => method === request.method && path.test(request.url ?? ''))
    if (spoilt && --spoilt.left <= 0) spoilers = spoilers.filter((one) => one !== spoilt)
    pass(target, request, response, spoilt?.spoiler).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spoil: (method, path, spoiler, times = 1) => void spoilers.push({ method, path, spoiler, left: times }),
    stop: () => {
      spoilers = []
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function pass(
  target: string,
  request: IncomingMessage,
  response: ServerResponse,
  spoiler: Spoiler | undefined,
): Promise<void> {
  if (spoiler?.kind === 'drip') return drip(response)
  if (spoiler?.kind === 'answer') {
    response.writeHead(spoiler.status ?? 200, { 'content-type': 'application/json', ...spoiler.headers })
    return void response.end(spoiler.body)
  }
  const { host: _host, connection: _connection, 'content-length': _length, ...headers } = request.headers
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const answer = await fetch(`${target}${request.url}`, {
    method: request.method ?? 'GET',
    headers: headers as Record<string, string>,
    redirect: 'manual',
    ...(chunks.length > 0 && { body: Buffer.concat(chunks) }),
  })
  const text = await answer.text()
  const given = Object.fromEntries([...answer.headers].filter(([name]) => !HOP_BY_HOP.includes(name)))
  response.writeHead(answer.status, given)
  response.end(spoiler?.kind === 'change' && text ? JSON.stringify(spoiler.body(JSON.parse(text))) : text)
}

const HOP_BY_HOP = ['connection', 'content-encoding', 'content-length', 'keep-alive', 'transfer-encoding']

function drip(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' })
  const timer = setInterval(() => response.write(' '), 1000)
  response.on('close', () => clearInterval(timer))
}

/** Small on the wire. */
export const gzipBomb = (megabytes: number): Buffer => gzipSync(Buffer.alloc(megabytes * 2 ** 20, ' '))
