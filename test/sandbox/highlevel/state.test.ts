import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startReceiver } from './receiver.ts'
import { startSandbox } from './start-sandbox.ts'

let folder: string
let stateFile: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sandbox-'))
  stateFile = join(folder, 'deep', 'highlevel.json')
})
afterEach(() => rm(folder, { recursive: true }))

test('a restart keeps contacts, installations, tokens, codes, the key and the clock', async () => {
  const before = await startSandbox({ stateFile })
  const [location] = before.control.locations()
  const id = location?.id ?? ''
  const tokens = (await before.exchange(before.control.installLocation(id))).body
  const openCode = before.control.installLocation(id)
  const contact = before.control.createContact(id, { name: 'נשאר כאן' })
  before.control.advance(5_000_000)
  await before.stop()

  const after = await startSandbox({ stateFile })
  expect(after.publicKeyPem).toBe(before.publicKeyPem)
  expect(after.control.now()).toBeGreaterThan(Date.now() + 4_000_000)
  expect(after.control.contact(contact.id)).toEqual(contact)
  expect((await after.call(`/contacts/${contact.id}`, { token: String(tokens.access_token) })).status).toBe(200)
  expect((await after.refresh(tokens.refresh_token)).status).toBe(200)
  expect((await after.exchange(openCode)).status).toBe(200)
  await after.stop()
})

test('a rotated token is on disk before it is answered, and no half-written file is left', async () => {
  const sandbox = await startSandbox({ stateFile })
  const [location] = sandbox.control.locations()
  const first = await sandbox.exchange(sandbox.control.installLocation(location?.id ?? ''))
  const { body } = await sandbox.refresh(first.body.refresh_token)
  expect(await readFile(stateFile, 'utf8')).toContain(String(body.refresh_token))
  const contact = sandbox.control.createContact(location?.id ?? '', { name: 'On Disk' })
  await sandbox.control.flush()
  expect(await readFile(stateFile, 'utf8')).toContain(contact.id)
  expect(await readdir(join(folder, 'deep'))).toEqual(['highlevel.json'])
  await sandbox.stop()
})

test('a state of another layout is refused, with what to do about it', async () => {
  await (await startSandbox({ stateFile })).stop()
  const state = JSON.parse(await readFile(stateFile, 'utf8'))
  await writeFile(stateFile, JSON.stringify({ ...state, version: 1 }))
  await expect(startSandbox({ stateFile })).rejects.toThrow('delete it to start afresh')
})

test('what was still to be sent is sent after the restart', async () => {
  const receiver = await startReceiver()
  receiver.answerWith(500)
  const before = await startSandbox({ stateFile, webhookUrl: receiver.url, retryDelaysMs: [60_000] })
  before.control.installLocation(before.control.locations()[0]?.id ?? '')
  await expect(before.control.webhooksSettled(100)).rejects.toThrow('still waiting')
  await before.stop()

  const after = await startSandbox({ stateFile, webhookUrl: receiver.url })
  after.control.advance(60_000)
  await after.control.webhooksSettled()
  expect(receiver.received).toHaveLength(2)
  expect(receiver.received[1]?.text).toBe(receiver.received[0]?.text)
  await after.stop()
  await receiver.stop()
})

test('stopping does not wait for an app that never answers', async () => {
  const receiver = await startReceiver()
  receiver.answerWith('silence')
  const silent = await startSandbox({ stateFile, webhookUrl: receiver.url })
  silent.control.installLocation(silent.control.locations()[0]?.id ?? '')
  await expect.poll(() => receiver.received).toHaveLength(1)
  const started = performance.now()
  await silent.stop()
  expect(performance.now() - started).toBeLessThan(2_000)
  expect(JSON.parse(await readFile(stateFile, 'utf8')).deliveries).toMatchObject([{ state: 'pending' }])
  await receiver.stop()
})

test('without a file everything is forgotten, and two fresh sandboxes are alike', async () => {
  const [one, two] = [await startSandbox(), await startSandbox()]
  expect(one.control.contacts(one.control.locations()[2]?.id ?? '')).toEqual(
    two.control.contacts(two.control.locations()[2]?.id ?? ''),
  )
  expect(one.publicKeyPem).not.toBe(two.publicKeyPem)
  await one.stop()
  await two.stop()
})
