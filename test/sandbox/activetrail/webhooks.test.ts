import express from 'express'
import { expect, onTestFinished, test } from 'vitest'
import { listen } from '../../support/listen.ts'
import { startActiveTrail } from './support.ts'

type Received = { path: string; headers: Record<string, unknown>; query: Record<string, unknown>; body: unknown }

/** A sandbox, and a receiver that keeps what it is told. */
async function start() {
  const sandbox = await startActiveTrail()
  const received: Received[] = []
  const app = express().use(express.json(), (request, response) => {
    const { path, headers, query, body } = request
    received.push({ path, headers, query: { ...query }, body })
    response.status(path === '/busy' ? 503 : 200).end()
  })
  const receiver = await listen(app)
  onTestFinished(receiver.close)
  const register = async (fields: object = {}): Promise<number> => {
    const webhook = {
      name: 'Test',
      url: `${receiver.url}/hook?from=there`,
      event_type: 'contact_change',
      format: 'json',
    }
    const { status, body } = await sandbox.call('POST', '/webhooks', { ...webhook, ...fields })
    expect(status).toBe(200)
    return (body as { id: number }).id
  }
  const settled = async (): Promise<Received[]> => {
    await sandbox.control.hooksSettled()
    return received
  }
  return { ...sandbox, receiver, register, settled }
}

const parameter = (place: string, key: string, from: { value?: string; user_field?: string }) => ({
  key,
  ...from,
  event_value_type: from.user_field ? 'user_field' : 'custom_text',
  event_parameter_type: place,
})

test('a webhook is created, listed, changed in part and deleted', async () => {
  const { call, register, receiver } = await start()
  const id = await register({ parameters: [parameter('header', 'x-a', { value: 'one' })] })
  const view = { id, name: 'Test', event_type: 'contact_change', is_active: true, target_type_id: 'zapier' }
  expect((await call('GET', '/webhooks?EventType=contact_change')).body).toMatchObject([view])
  expect((await call('GET', `/webhooks/${id}`)).body).toMatchObject({
    ...view,
    parameters: [{ key: 'x-a', value: 'one' }],
  })
  expect((await call('GET', '/webhooks?IsIgnoreParameters=true')).body).not.toHaveProperty('0.parameters')
  expect((await call('PUT', `/webhooks/${id}`, { is_active: false })).status).toBe(204)
  expect((await call('GET', `/webhooks/${id}`)).body).toMatchObject({
    is_active: false,
    url: `${receiver.url}/hook?from=there`,
  })
  expect((await call('DELETE', `/webhooks/${id}`)).status).toBe(204)
  expect((await call('DELETE', `/webhooks/${id}`)).status).toBe(404)
  expect((await call('PATCH', `/webhooks/${id}`)).status).toBe(405)
})

test('parameters have routes of their own', async () => {
  const { call, register } = await start()
  const at = `/webhooks/${await register()}/parameters`
  const { body } = await call('POST', at, parameter('query', 'mark', { value: 'x' }))
  const { id } = body as { id: number }
  expect((await call('PUT', `${at}/${id}`, parameter('query', 'mark', { value: 'y' }))).status).toBe(204)
  expect((await call('GET', at)).body).toMatchObject([{ id, key: 'mark', value: 'y' }])
  expect((await call('DELETE', `${at}/${id}`)).status).toBe(204)
  expect((await call('GET', at)).body).toEqual([])
  expect((await call('DELETE', `${at}/${id}`)).status).toBe(404)
})

test.each([
  [{ name: '' }],
  [{ url: 'not an address' }],
  [{ url: 'ftp://example.com/x' }],
  [{ event_type: 'contact_opened' }],
  [{ format: 'xml' }],
  [{ parameters: [{ key: 'x', event_value_type: 'magic', event_parameter_type: 'header' }] }],
  [{ parameters: [{ key: 'x', event_value_type: 'custom_text', event_parameter_type: 'cookie' }] }],
])('%o is refused', async (wrong) => {
  const { call, control } = await start()
  const webhook = { name: 'Test', url: 'https://example.com/hook', event_type: 'contact_change', ...wrong }
  expect((await call('POST', '/webhooks', webhook)).status).toBe(400)
  expect(control.webhooks()).toEqual([])
})

test('a change is told with the parameters in their places, unsigned', async () => {
  const { contact, register, settled } = await start()
  await register({
    parameters: [
      parameter('header', 'X-Key', { value: 'secret' }),
      parameter('header', 'X-Contact', { user_field: 'id' }),
      parameter('query', 'mark', { value: 'a b' }),
      parameter('body', 'email', { user_field: 'Email' }),
      parameter('body', 'nothing', { user_field: 'no_such_column' }),
    ],
  })
  const id = await contact({ email: 'Told@Example.com' })
  const [told, ...others] = await settled()
  expect(others).toEqual([])
  expect(told).toMatchObject({
    path: '/hook',
    query: { from: 'there', mark: 'a b' },
    headers: { 'x-key': 'secret', 'x-contact': String(id) },
    body: { email: 'told@example.com', nothing: '' },
  })
  expect(Object.keys(told?.headers ?? {}).filter((name) => name.includes('sign'))).toEqual([])
})

test('every change of a contact is told, by whomever; what changes nothing is not', async () => {
  const { call, contact, control, register, settled } = await start()
  const id = await contact({ email: 'before@example.com' })
  await register()
  await call('PUT', `/contacts/${id}`, { city: 'Lod' })
  await call('PUT', `/contacts/${id}`, { city: 'Lod' })
  await call('POST', '/contacts', { email: 'before@example.com', city: 'Haifa' })
  control.editContact(id, { status: 'Subscribed' })
  control.editContact(id, { status: 'Unsubscribed', sms_status: 'Unsubscribed' })
  await call('DELETE', `/contacts/${id}`)
  expect(await settled()).toHaveLength(5)
  control.setDelivery(id, 'BOUNCED') // bounces are not told
  expect(await settled()).toHaveLength(5)
})

test('other accounts, webhooks that are off and the silent mode tell nothing', async () => {
  const { call, contact, control, register, settled } = await start()
  const id = await register()
  const { token } = control.createAccount('Other')
  control.createContact({ email: 'other@example.com' }, token)
  await call('PUT', `/webhooks/${id}`, { is_active: false })
  await contact({ email: 'off@example.com' })
  await call('PUT', `/webhooks/${id}`, { is_active: true })
  control.setModes({ webhooks: 'silent' })
  await contact({ email: 'silent@example.com' })
  expect(await settled()).toEqual([])
})

test('calls can be held back, turned round, doubled and dropped; none is repeated by itself', async () => {
  const { contact, control, receiver, register, settled } = await start()
  await register({ url: `${receiver.url}/busy`, parameters: [parameter('header', 'x-contact', { user_field: 'id' })] })
  control.dropNextHooks(1)
  await contact({ email: 'dropped@example.com' })
  control.holdHooks()
  control.duplicateNextHooks(1)
  const first = await contact({ email: 'first@example.com' })
  const second = await contact({ email: 'second@example.com' })
  expect(await settled()).toEqual([])
  control.releaseHooks('reversed')
  await settled()
  const contacts = control.hookCalls().map(({ headers, status }) => [headers['x-contact'], status])
  expect(contacts).toEqual([
    [String(second), 503],
    [String(first), 503],
    [String(first), 503],
  ])
})

test('the test endpoints call at once, for what is registered and for what is not yet', async () => {
  const { call, register, receiver, settled } = await start()
  const id = await register()
  expect((await call('POST', `/webhooks/${id}/test`)).status).toBe(204)
  const webhook = { name: 'Try', url: `${receiver.url}/try`, event_type: 'contact_change' }
  expect((await call('POST', '/webhooks/Test', webhook)).status).toBe(204)
  expect((await settled()).map(({ path }) => path).sort()).toEqual(['/hook', '/try'])
  expect((await call('POST', '/webhooks/999999/test')).status).toBe(404)
})

test('an address where nobody answers is noted as that', async () => {
  const { contact, control, register, settled } = await start()
  await register({ url: 'http://127.0.0.1:9/closed' })
  await contact({ email: 'nobody@example.com' })
  await settled()
  expect(control.hookCalls()).toMatchObject([{ status: null }])
})
