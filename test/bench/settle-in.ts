import type { Tenant } from './sandbox-process.ts'
import type { Town } from './town.ts'

const AT_ONCE = 6

/** Locations that have the app installed and ActiveTrail connected, as their owners would have done it. */
export async function settleIn(town: Town, count: number): Promise<void> {
  await inParallel(count, async () => void (await settleOne(town)))
}

/** A tenant, and what its owner can ask of the product. */
export type Settled = Tenant & {
  connectionId: string
  request<Answer>(method: 'POST' | 'PUT', path: string, body?: object): Promise<Answer>
}

export async function settleOne(town: Town): Promise<Settled> {
  const tenant = await town.sandbox.ask('openTenant', { quiet: false })
  await expectStatus(200, await fetch(tenant.installUrl))
  const { payload, token } = tenant
  const session = await expectStatus(200, await sendJson('POST', `${town.appUrl}/settings/session`, { payload }))
  const bearer = ((await session.json()) as { token: string }).token
  const request: Settled['request'] = async (method, path, body = {}) => {
    const answer = await sendJson(method, `${town.appUrl}${path}`, body, bearer)
    if (!answer.ok) throw new Error(`${answer.url} answered ${answer.status}: ${await answer.text()}`)
    const text = await answer.text()
    return text === '' ? undefined : JSON.parse(text)
  }
  const connection = { partner: 'activetrail', credentials: { token } }
  const { id } = await request<{ id: string }>('POST', '/settings/connections', connection)
  return { ...tenant, connectionId: id, request }
}

/** A location that the product knows nothing of, for the plain calls that its own are compared with. */
export type Stranger = { locationId: string; contactId: string; accessToken: string; activeTrailToken: string }

export async function inviteStrangers(town: Town, count: number): Promise<Stranger[]> {
  const strangers: Stranger[] = []
  await inParallel(count, async () => {
    const { locationId, installUrl, token } = await town.sandbox.ask('openTenant', { quiet: true })
    const { clientId, clientSecret, redirectUris } = town.registration
    const code = new URL(installUrl).searchParams.get('code') ?? ''
    const grant = { grant_type: 'authorization_code', client_id: clientId, client_secret: clientSecret, code }
    const body = new URLSearchParams({ ...grant, redirect_uri: redirectUris[0] ?? '', user_type: 'Location' })
    const answer = await expectStatus(200, await fetch(`${town.highLevelUrl}/oauth/token`, { method: 'POST', body }))
    const { access_token: accessToken } = (await answer.json()) as { access_token: string }
    const contactId = await town.sandbox.ask('addContact', { locationId })
    strangers.push({ locationId, contactId, accessToken, activeTrailToken: token })
  })
  return strangers
}

async function inParallel(count: number, one: () => Promise<void>): Promise<void> {
  let left = count
  const lane = async (): Promise<void> => {
    while (left-- > 0) await one()
  }
  await Promise.all(Array.from({ length: AT_ONCE }, lane))
}

const sendJson = (method: string, url: string, body: object, bearer?: string): Promise<Response> =>
  fetch(url, {
    method,
    headers: { 'content-type': 'application/json', ...(bearer && { authorization: `Bearer ${bearer}` }) },
    body: JSON.stringify(body),
  })

async function expectStatus(status: number, answer: Response): Promise<Response> {
  if (answer.status !== status) throw new Error(`${answer.url} answered ${answer.status}: ${await answer.text()}`)
  return answer
}
