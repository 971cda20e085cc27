import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { answerParent } from './helper-process.ts'
import { pairOf, readRefreshToken } from './token-names.ts'

/** HighLevel's token endpoint and nothing else: rotates, honours a used token for a while, and counts every use. */
const GRACE_MS = 30_000

type Tenant = { generation: number; rotatedAt: number }

const tenants = new Map<number, Tenant>()
let heard = (_asker: string): void => {}
let latencyMs = 0
let counts = { calls: 0, rotations: 0, repeats: 0, refused: 0 }

const actions = {
  listen: async (): Promise<string> => {
    const server = createServer((request, response) => void take(request, response))
    server.keepAliveTimeout = 75_000
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', 512, resolve))
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  },
  /** Every tenant has its first pair. */
  open: ({ count }: { count: number }): void => {
    for (let index = 0; index < count; index++) tenants.set(index, { generation: 1, rotatedAt: 0 })
  },
  setLatency: ({ ms }: { ms: number }): void => {
    latencyMs = ms
  },
  /** What was asked since the last time: `repeats` were answered alike within the grace, `refused` came after it. */
  takeCounts: (): typeof counts => {
    const taken = counts
    counts = { calls: 0, rotations: 0, repeats: 0, refused: 0 }
    return taken
  },
  rotations: (): number => counts.rotations,
  /** Who asks next: the first part of the path names the process. */
  nextAsker: (): Promise<string> =>
    new Promise((resolve) => {
      heard = resolve
    }),
  /** The newest generation of each tenant. */
  generations: (): number[] => [...tenants.values()].map(({ generation }) => generation),
}

export type TokenEndpointActions = typeof actions

async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const fields = new URLSearchParams(await text(request))
  counts.calls++
  heard(request.url?.split('/')[1] ?? '')
  heard = () => {}
  const answer = answerTo(fields.get('refresh_token') ?? '')
  setTimeout(() => {
    const body = JSON.stringify(answer.body)
    response.writeHead(answer.status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
    response.end(body)
  }, latencyMs)
}

/** A plain call names no token: it is answered with a pair of nobody's. */
function answerTo(refreshToken: string): { status: number; body: object } {
  if (refreshToken === '') return { status: 200, body: grantOf(0, 0) }
  const { index, generation } = readRefreshToken(refreshToken)
  const tenant = tenants.get(index)
  const now = performance.now()
  if (tenant?.generation === generation) {
    counts.rotations++
    tenant.generation++
    tenant.rotatedAt = now
    return { status: 200, body: grantOf(index, tenant.generation) }
  }
  if (tenant?.generation === generation + 1 && now - tenant.rotatedAt < GRACE_MS) {
    counts.repeats++
    return { status: 200, body: grantOf(index, tenant.generation) }
  }
  counts.refused++
  return { status: 400, body: { statusCode: 400, message: 'Invalid grant: refresh token is invalid' } }
}

function grantOf(index: number, generation: number): object {
  const { accessToken, refreshToken } = pairOf(index, generation)
  return {
    access_token: accessToken,
    token_type: 'Bearer',
    expires_in: 86_399,
    refresh_token: refreshToken,
    scope: 'contacts.readonly locations.readonly oauth.readonly oauth.write',
    userType: 'Location',
  }
}

answerParent(actions)
