import { expect, test } from 'vitest'
import { startActiveTrail } from './support.ts'

async function startWithGroup() {
  const sandbox = await startActiveTrail()
  const { body } = await sandbox.call('POST', '/groups', { name: 'קורס קיץ' })
  return { ...sandbox, groupId: (body as { id: number }).id }
}

test('a group is created, found by part of its name, renamed and deleted', async () => {
  const { call, groupId } = await startWithGroup()
  expect((await call('GET', `/groups?SearchTerm=${encodeURIComponent('קיץ')}`)).body).toMatchObject([
    { id: groupId, name: 'קורס קיץ', counter: 0, active_counter: 0 },
  ])
  expect((await call('PUT', `/groups/${groupId}`, { name: 'Winter' })).status).toBe(204)
  expect((await call('GET', `/groups/${groupId}`)).body).toMatchObject({ name: 'Winter' })
  expect((await call('DELETE', `/groups/${groupId}`)).status).toBe(204)
  expect((await call('GET', `/groups/${groupId}`)).status).toBe(404)
  expect((await call('POST', '/groups', { name: ' ' })).status).toBe(400)
})

test('joining twice is one membership; leaving keeps the contact', async () => {
  const { call, control, groupId } = await startWithGroup()
  const joined = await call('POST', `/groups/${groupId}/members`, { email: 'm@example.com', first_name: 'Miri' })
  await call('POST', `/groups/${groupId}/members`, { email: 'm@example.com' })
  const { id } = joined.body as { id: number }
  expect(control.groups().at(-1)?.members).toEqual([{ id, email: 'm@example.com', sms: null }])
  expect((await call('GET', `/contacts/${id}/groups`)).body).toMatchObject([{ id: groupId, counter: 1 }])
  expect((await call('GET', `/groups/${groupId}/members/${id}`)).status).toBe(200)
  expect((await call('DELETE', `/groups/${groupId}/members/${id}`)).status).toBe(204)
  expect((await call('DELETE', `/groups/${groupId}/members/${id}`)).status).toBe(404)
  expect((await call('GET', `/groups/${groupId}/members/${id}`)).status).toBe(404)
  expect((await call('GET', `/contacts/${id}`)).status).toBe(200)
})

test('members come as an array or wrapped, by mode', async () => {
  const { call, control, groupId } = await startWithGroup()
  await call('POST', `/groups/${groupId}/members`, { email: 'm@example.com' })
  expect((await call('GET', `/groups/${groupId}/members`)).body).toMatchObject([{ email: 'm@example.com' }])
  control.setModes({ members: 'object' })
  expect((await call('GET', `/groups/${groupId}/members`)).body).toMatchObject({
    count: 1,
    contacts: [{ email: 'm@example.com' }],
  })
})

test('events and campaigns start every time they are asked for', async () => {
  const { call, control, groupId } = await startWithGroup()
  const member = { email: 'j@example.com', is_trigger_events: true, campaign_id: 77 }
  await call('POST', `/groups/${groupId}/members`, member)
  await call('POST', `/groups/${groupId}/members`, member)
  await call('POST', `/groups/${groupId}/members`, { email: 'j@example.com' })
  expect(control.journeyStarts()).toHaveLength(2)
  expect(control.campaignSends()).toMatchObject([{ campaignId: 77 }, { campaignId: 77 }])
})

test('a merge is solved when the call says so', async () => {
  const { call, control, contact, groupId } = await startWithGroup()
  const id = await contact({ email: 'a@example.com' })
  const other = await contact({ sms: '0529998877' })
  const member = { email: 'a@example.com', sms: '0529998877' }
  expect((await call('POST', `/groups/${groupId}/members`, member)).status).toBe(409)
  const solved = await call('POST', `/groups/${groupId}/members`, { ...member, is_solve_merge: true })
  expect(solved).toMatchObject({ status: 200, body: { id, sms: '0529998877' } })
  expect(control.contacts().find((one) => one.id === other)).toMatchObject({ is_deleted: true, sms: null })
  expect(control.merges()).toEqual([])
})
