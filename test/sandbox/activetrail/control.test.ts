import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createActiveTrailSandbox } from '../../../src/sandbox/activetrail/sandbox.ts'
import { startActiveTrail } from './support.ts'

test('a fault hits the requests it names, as often as told, then is gone', async () => {
  const { call, control } = await startActiveTrail()
  control.fail({ method: 'POST', path: '/contacts', status: 429, headers: { 'retry-after': '7' }, skip: 1, times: 2 })
  const post = async (name: string) => await call('POST', '/contacts', { email: `${name}@example.com` })
  expect((await post('a')).status).toBe(200)
  expect((await call('GET', '/contacts')).status).toBe(200)
  const refused = await post('b')
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '7'])
  expect((await post('b')).status).toBe(429)
  expect((await post('b')).status).toBe(200)
})

test('a connection can be cut before and after the effect', async () => {
  const { call, control } = await startActiveTrail()
  const emails = () => control.contacts().map(({ email }) => email)
  control.fail({ cut: true })
  await expect(call('POST', '/contacts', { email: 'before@example.com' })).rejects.toThrow()
  expect(emails()).not.toContain('before@example.com')
  control.fail({ cut: true, afterEffect: true })
  await expect(call('POST', '/contacts', { email: 'after@example.com' })).rejects.toThrow()
  expect(emails()).toContain('after@example.com')
})

test('an answer can be replaced by an error page although the effect is there, or come late', async () => {
  const { call, control } = await startActiveTrail()
  control.fail({ status: 500, html: true, afterEffect: true })
  const page = await call('POST', '/contacts', { email: 'page@example.com' })
  expect(page).toMatchObject({ status: 500, text: expect.stringContaining('<html>') })
  expect(control.contacts()).toContainEqual(expect.objectContaining({ email: 'page@example.com' }))
  control.fail({ delayMs: 60 })
  const start = performance.now()
  expect((await call('GET', '/groups')).status).toBe(200)
  expect(performance.now() - start).toBeGreaterThan(50)
})

test('requests are recorded with body and status, refused ones too', async () => {
  const { call, control } = await startActiveTrail()
  await call('POST', '/contacts', { first_name: 'שלום' })
  expect(control.requests()).toMatchObject([
    { method: 'POST', path: '/api/contacts', body: { first_name: 'שלום' }, status: 400 },
  ])
  control.clearRequests()
  expect(control.requests()).toEqual([])
})

test('control works from another process, with JSON only', async () => {
  const { url, control } = await startActiveTrail()
  const post = (name: string, body: string, type = 'application/json') =>
    fetch(`${url}/_sandbox/control/${name}`, { method: 'POST', body, headers: { 'content-type': type } })
  const created = await post('createContact', '[{"email":"far@example.com"}]')
  expect(await created.json()).toMatchObject({ email: 'far@example.com' })
  expect(control.contacts()).toContainEqual(expect.objectContaining({ email: 'far@example.com' }))
  expect((await post('constructor', '[]')).status).toBe(404)
  expect((await post('contacts', '[]', 'text/plain')).status).toBe(400)
  expect((await post('editContact', '[1,{}]')).status).toBe(400)
})

test('state and token survive a restart; nothing half-written is left', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'activetrail-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const stateFile = join(folder, 'deep', 'state.json')
  const first = createActiveTrailSandbox({ stateFile })
  for (let number = 0; number < 50; number += 1) first.control.createContact({ email: `n${number}@example.com` })
  first.control.advance(1000)
  await first.close()
  const second = createActiveTrailSandbox({ stateFile })
  expect(second.token).toBe(first.token)
  expect(second.control.contacts()).toEqual(first.control.contacts())
  expect(JSON.parse(await readFile(stateFile, 'utf8'))).toMatchObject({ clockOffsetMs: 1000 })
  expect(await readdir(join(folder, 'deep'))).toEqual(['state.json'])
})
