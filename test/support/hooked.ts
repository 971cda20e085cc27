import type { Line } from './line.ts'
import { eventually } from './people.ts'

/** What an ActiveTrail account has registered of us. */
export type Registered = { url: string; key: string; connectionId: string; secret: string }

type Webhook = ReturnType<Line['activeTrail']['control']['webhooks']>[number]

const read = ({ url, parameters }: Webhook): Registered => {
  const [connectionId = '', secret = ''] = new URL(url).pathname.split('/').slice(2)
  return { url, connectionId, secret, key: String(parameters.find(({ key }) => key === 'x-causeway-key')?.value) }
}

/** Waits until the account calls us at one address, another one than that before if one is given. */
export async function registered(line: Line, token: string, before?: Registered): Promise<Registered> {
  const webhooks = () => line.activeTrail.control.webhooks(token).map(read)
  const [found] = await eventually(webhooks, (all) => all.length === 1 && all[0]?.url !== before?.url)
  return found as Registered
}

/** Waits until this is done, so that it does not happen in the middle of a test about something else. */
export const hookRegistered = (line: Line, connectionId: string): Promise<unknown> =>
  eventually(
    () => line.database.system.sql('hook_secrets').where({ connection_id: connectionId }),
    ([hook]) => Boolean(hook?.registered_at),
  )

export type CallOptions = { contact?: string; key?: string; headers?: Record<string, string>; body?: string | Buffer }

/** Calls an address as ActiveTrail would, as far as nothing else is said. */
export const callHook = (url: string, { contact = '1', key, headers, body = '{}' }: CallOptions): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-causeway-contact': contact,
      ...(key !== undefined && { 'x-causeway-key': key }),
      ...headers,
    },
    body: Buffer.from(body as string),
  })

export type HookDelivery = {
  id: string
  tenant_id: string
  connection_id: string
  event_type: string
  ordering_key: string
  headers: Record<string, string>
  sent_at: Date | null
  state: string
  reason: string | null
  attempts: number
}

/** What came from partners, by connection, in order. */
export const hookDeliveries = (line: Line, connectionId: string): Promise<HookDelivery[]> =>
  line.database.system.sql('deliveries').where({ connection_id: connectionId }).orderBy('id')

export const settledHooks = (line: Line, connectionId: string): Promise<HookDelivery[]> =>
  eventually(
    () => hookDeliveries(line, connectionId),
    (all) => all.length > 0 && all.every(({ state }) => state !== 'received'),
    20_000,
  )
