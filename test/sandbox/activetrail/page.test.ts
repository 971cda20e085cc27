import { expect, test } from 'vitest'
import { startActiveTrail } from './support.ts'

async function startPage() {
  const sandbox = await startActiveTrail()
  const read = async (path: string) => await (await fetch(sandbox.url + path)).text()
  const submit = (path: string, form: Record<string, string>, headers: Record<string, string> = {}) =>
    fetch(sandbox.url + path, { method: 'POST', body: new URLSearchParams(form), headers, redirect: 'manual' })
  return { ...sandbox, read, submit }
}

test('the page shows contacts with their groups, the groups, and the token', async () => {
  const { read, token } = await startPage()
  const page = await read('/')
  for (const text of ['דנה כהן', 'noa@example.com', 'Newsletter', 'לקוחות VIP', token]) expect(page).toContain(text)
})

test('what is refreshed holds new contacts, the latest first, and names are escaped', async () => {
  const { control, read } = await startPage()
  control.advance(1000)
  control.createContact({ email: 'new@example.com', first_name: '<b>Bold</b>' })
  const lists = await read('/lists')
  expect(lists.indexOf('new@example.com')).toBeLessThan(lists.indexOf('noa@example.com'))
  expect(lists).toContain('&lt;b&gt;Bold')
  expect(lists).not.toContain('<b>')
})

test('a person edits a contact, and is told why not', async () => {
  const { control, submit } = await startPage()
  const { id } = control.createContact({ email: 'edit@example.com', ext1: 'kept' })
  const form = {
    email: 'edit@example.com',
    sms: '',
    first_name: 'Tal',
    city: '',
    status: 'Unsubscribed',
    sms_status: 'None',
  }
  const stored = () => control.contacts().find((contact) => contact.id === id)
  expect((await submit(`/contacts/${id}`, { ...form, is_do_not_mail: 'on' })).status).toBe(303)
  expect(stored()).toMatchObject({ first_name: 'Tal', status: 'Unsubscribed', is_do_not_mail: true, ext1: 'kept' })
  const refused = await submit(`/contacts/${id}`, { ...form, status: 'Subscribed', is_do_not_mail: 'on' })
  expect(refused.status).toBe(405)
  expect(await refused.text()).toContain('role="alert"')
})

test('a person deletes a contact; one that is not there is not found', async () => {
  const { control, submit } = await startPage()
  const { id } = control.createContact({ email: 'bye@example.com' })
  expect((await submit(`/contacts/${id}/delete`, {})).status).toBe(303)
  expect(control.contacts().find((contact) => contact.id === id)).toMatchObject({ is_deleted: true })
  expect((await submit('/contacts/1/delete', {})).status).toBe(404)
})

test('a form from another site is refused, and the page allows nothing but its own', async () => {
  const { control, submit, url } = await startPage()
  const { id } = control.createContact({ email: 'stay@example.com' })
  expect((await submit(`/contacts/${id}/delete`, {}, { 'sec-fetch-site': 'cross-site' })).status).toBe(403)
  expect((await fetch(url)).headers.get('content-security-policy')).toContain("default-src 'none'")
})
