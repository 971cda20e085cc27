import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { BurstKind } from '../../src/sandbox/highlevel/rate-limits.ts'
import { type AppRegistration, createHighLevelSandbox } from '../../src/sandbox/highlevel/sandbox.ts'
import { monotonic } from './clock.ts'
import { answerParent } from './helper-process.ts'
import { createRandom } from './schedule.ts'

/** The platform, to which each call takes a while, and which counts what it accepts and what it refuses. */
export type QuotaTenant = { locationId: string; token: string }
export type QuotaCount = { accepted: number; refused: number /** From the first to the last. */; forMs: number }
export type QuotaSettings = { kind: BurstKind; daily?: number; jitterMs: number; tellsDay: boolean; seed: number }

const registration: AppRegistration = JSON.parse(process.argv[2] ?? '')
const highLevel = createHighLevelSandbox({ registration })
const WHOLE_DAY = 200_000
let settings: QuotaSettings = { kind: 'sliding', jitterMs: 0, tellsDay: true, seed: 1 }
let random = createRandom(1)
let counts = new Map<string, QuotaCount & { firstAt: number }>()
let url = ''

const actions = {
  listen: async (): Promise<string> => {
    const server = createServer((request, response) => void answer(request, response))
    server.keepAliveTimeout = 75_000
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    return url
  },
  set: (to: QuotaSettings): void => {
    settings = to
    random = createRandom(to.seed)
    highLevel.control.setRateLimit({ kind: to.kind, daily: to.daily ?? WHOLE_DAY })
  },
  open: ({ count }: { count: number }): Promise<QuotaTenant[]> =>
    Promise.all(Array.from({ length: count }, (_, index) => openLocation(`Location ${index}`))),
  takeCounts: (): QuotaCount[] => {
    const taken = [...counts.values()].map(({ firstAt: _, ...count }) => count)
    counts = new Map()
    return taken
  },
}

export type QuotaServerActions = typeof actions

async function openLocation(name: string): Promise<QuotaTenant> {
  const company = highLevel.control.companies()[0]
  if (!company) throw new Error('The sandbox has no agency.')
  const { id } = highLevel.control.createLocation(company.id, name)
  highLevel.control.dropNextWebhooks(1)
  const code = new URL(highLevel.control.installLocation(id)).searchParams.get('code') ?? ''
  const { clientId, clientSecret } = registration
  const body = new URLSearchParams({
    client_id: clientId,
    client_secret: clientSecret,
    grant_type: 'authorization_code',
    code,
  })
  const answered = await fetch(`${url}/oauth/token`, { method: 'POST', body, headers: { version: '2021-07-28' } })
  const granted = (await answered.json()) as { access_token: string }
  return { locationId: id, token: granted.access_token }
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { authorization } = request.headers
  if (authorization) {
    await sleep(random() * settings.jitterMs)
    if (!settings.tellsDay && counts.has(authorization)) hideDay(response) // the first answer told how long a day is
    const at = monotonic()
    response.on('finish', () => count(authorization, response.statusCode, at))
  }
  highLevel.handler(request, response)
}

function hideDay(response: ServerResponse): void {
  const setHeader = response.setHeader.bind(response)
  response.setHeader = (name, value) => (/daily/i.test(name) ? response : setHeader(name, value))
}

function count(who: string, status: number, at: number): void {
  const { firstAt, accepted, refused } = counts.get(who) ?? { firstAt: at, accepted: 0, refused: 0 }
  const isRefused = status === 429
  counts.set(who, {
    firstAt,
    accepted: accepted + (isRefused ? 0 : 1),
    refused: refused + (isRefused ? 1 : 0),
    forMs: at - firstAt,
  })
}

answerParent(actions)
