import { expect, test } from 'vitest'
import { startActiveTrail } from './support.ts'

test('the token works raw and behind an unencoded Basic', async () => {
  const { call, token } = await startActiveTrail()
  expect((await call('GET', '/account/balance')).status).toBe(200)
  expect((await call('GET', '/account/balance', undefined, { authorization: `Basic ${token}` })).status).toBe(200)
})

test('no token and an unknown one are refused with 401, or 403 where that is switched on', async () => {
  const { call, control } = await startActiveTrail()
  expect((await call('GET', '/groups', undefined, { authorization: '' })).status).toBe(401)
  const unknown = await call('GET', '/groups', undefined, { authorization: '0XBAD' })
  expect(unknown).toMatchObject({ status: 401, body: { Message: expect.any(String) } })
  control.setModes({ unknownToken: 403 })
  expect((await call('GET', '/groups', undefined, { authorization: '0XBAD' })).status).toBe(403)
})

test.for(['revoked', 'ip_restricted', 'disabled'] as const)('a token that is %s gets 403', async (access) => {
  const { call, control } = await startActiveTrail()
  control.setAccess(access)
  expect((await call('GET', '/contacts')).status).toBe(403)
  control.setAccess('open')
  expect((await call('GET', '/contacts')).status).toBe(200)
})

test('accounts do not see each other', async () => {
  const { call, control, contact } = await startActiveTrail()
  const id = await contact({ email: 'mine@example.com' })
  const other = { authorization: control.createAccount('Another').token }
  expect((await call('GET', '/contacts?CustomerStates=ALL', undefined, other)).body).toEqual([])
  expect((await call('GET', `/contacts/${id}`, undefined, other)).status).toBe(404)
  expect((await call('PUT', `/contacts/${id}`, { city: 'Haifa' }, other)).status).toBe(404)
})

test('balance and field labels are as the account has them', async () => {
  const { call, control } = await startActiveTrail()
  control.setCredits({ email: 7, sms: 3 })
  expect((await call('GET', '/account/balance')).body).toMatchObject({ email: { credits: 7 }, sms: { credits: 3 } })
  control.setFieldLabels([{ column: 'eXt9', label: 'צבע' }])
  expect((await call('GET', '/account/contactFields')).body).toEqual([
    { field_display_name: 'צבע', field_source_column: 'eXt9' },
  ])
})

test('paths are matched in any case; unknown ones are 404 and unknown verbs 405', async () => {
  const { call } = await startActiveTrail()
  expect((await call('GET', '/Account/BALANCE')).status).toBe(200)
  expect((await call('GET', '/nothing')).status).toBe(404)
  const patched = await call('PATCH', '/groups', {})
  expect(patched.status).toBe(405)
  expect(patched.headers.get('allow')).toBe('GET, POST')
})
