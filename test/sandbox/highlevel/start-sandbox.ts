import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createHighLevelSandbox, type HighLevelSandbox } from '../../../src/sandbox/highlevel/sandbox.ts'

type Options = Partial<Parameters<typeof createHighLevelSandbox>[0]>

export const registration = {
  appId: '66f0a1b2c3d4e5f60718293a',
  clientId: '66f0a1b2c3d4e5f60718293a-mb2k9x7q',
  clientSecret: '1c9e6f0a-7d3b-4f5e-9a2c-8b1d0e4f6a7c',
  ssoSecret: 'b7d1f0c2-5a8e-4c3b-9f6d-2e1a0b9c8d7e',
  name: 'Causeway',
  scopes: [
    'contacts.readonly',
    'contacts.write',
    'locations.readonly',
    'locations/tasks.readonly',
    'calendars.readonly',
    'calendars/events.readonly',
    'calendars/events.write',
    'opportunities.readonly',
    'opportunities.write',
    'locations/customFields.readonly',
    'locations/customFields.write',
    'locations/tags.readonly',
    'locations/tags.write',
    'campaigns.readonly',
    'workflows.readonly',
    'users.readonly',
    'oauth.readonly',
    'oauth.write',
    'marketplace-installer-details.readonly',
  ],
  redirectUris: ['https://app.example/oauth/callback'],
  webhookUrl: '',
  customPageUrl: 'https://app.example/settings?location={{location.id}}&name={{location.name}}',
}

export type Call = {
  method?: string
  token?: string
  version?: string | null
  body?: unknown
  form?: Record<string, string>
}
export type Answer = { status: number; headers: Headers; body: Record<string, unknown> }

export type RunningSandbox = HighLevelSandbox & {
  url: string
  call(path: string, options?: Call): Promise<Answer>
  /** What the app does with the address it is sent to after an installation. */
  exchange(redirect: string, fields?: Record<string, string>): Promise<Answer>
  refresh(refreshToken: unknown): Promise<Answer>
  stop(): Promise<void>
}

/** A sandbox on a port of its own, spoken to over HTTP. */
export async function startSandbox(options: Options & { webhookUrl?: string } = {}): Promise<RunningSandbox> {
  const { webhookUrl = '', ...rest } = options
  const sandbox = createHighLevelSandbox({
    retryDelaysMs: [5, 5, 5],
    registration: { ...registration, webhookUrl },
    ...rest,
  })
  const server = await listen(sandbox)
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const call = (path: string, request: Call = {}): Promise<Answer> => send(url + path, request)
  const client = { client_id: registration.clientId, client_secret: registration.clientSecret }
  return {
    ...sandbox,
    url,
    call,
    exchange: (redirect, fields) => {
      const code = new URL(redirect).searchParams.get('code') ?? ''
      return call('/oauth/token', { form: { ...client, grant_type: 'authorization_code', code, ...fields } })
    },
    refresh: (token) =>
      call('/oauth/token', { form: { ...client, grant_type: 'refresh_token', refresh_token: String(token) } }),
    stop: async () => {
      server.closeAllConnections()
      await Promise.all([sandbox.close(), new Promise((resolve) => server.close(resolve))])
    },
  }
}

const listen = (sandbox: HighLevelSandbox): Promise<Server> =>
  new Promise((resolve) => {
    const server = createServer(sandbox.handler).listen(0, '127.0.0.1', () => resolve(server))
  })

async function send(url: string, { method, token, version, body, form }: Call): Promise<Answer> {
  const response = await fetch(url, {
    method: method ?? (body === undefined && form === undefined ? 'GET' : 'POST'),
    headers: {
      ...(version !== null && { version: version ?? '2021-07-28' }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(form !== undefined && { body: new URLSearchParams(form) }),
  })
  return { status: response.status, headers: response.headers, body: (await response.json()) as Answer['body'] }
}
