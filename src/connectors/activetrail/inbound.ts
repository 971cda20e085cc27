import type { HookEvent, HookRegistration, HookRequest, Inbound } from '../inbound.ts'
import { type ActiveTrailCredentials, createClient, orNotFound } from './client.ts'
import { CONTACT_HEADER, hookParameters, KEY_HEADER } from './hook-parameters.ts'
import { webhookAnswer, webhooksAnswer } from './schemas.ts'

/** The only event type that is documented. Others may exist: their names are not published. */
const EVENT_TYPE = 'contact_change'

const registration: HookRegistration<ActiveTrailCredentials> = {
  list: async (context) => {
    const webhooks = await createClient(context).get('/webhooks', {}, webhooksAnswer)
    return webhooks.map(({ id, url }) => ({ id: String(id), url: url ?? '' }))
  },
  register: async (context, { url, key }) => {
    const webhook = {
      name: 'Causeway',
      url,
      event_type: EVENT_TYPE,
      format: 'json',
      is_active: true,
      parameters: hookParameters(key),
    }
    return [String((await createClient(context).post('/webhooks', webhook, webhookAnswer)).id)]
  },
  remove: async (context, id) => {
    await orNotFound(createClient(context).delete(`/webhooks/${encodeURIComponent(id)}`))
  },
}

/** ActiveTrail signs nothing and does not say what changed: a call only names the contact. */
export const inbound: Inbound<ActiveTrailCredentials> = {
  triggers: [{ key: 'contact_changed', name: 'Contact added or changed', object: 'contact' }],
  reads: [CONTACT_HEADER],
  keyHeader: KEY_HEADER,
  read,
  registration,
}

function read({ given }: HookRequest): HookEvent | undefined {
  const objectId = given[CONTACT_HEADER]?.trim() ?? ''
  if (!/^\d{1,18}$/.test(objectId)) return undefined
  return { id: null, trigger: 'contact_changed', objectId, occurredAt: null, data: {} }
}
