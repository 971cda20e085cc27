import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Account, openAccount } from '../support/account.ts'
import { type Line, startLine } from '../support/line.ts'
import { callHook, hookDeliveries, type Registered, registered, settledHooks } from './hooked.ts'

let line: Line
let mine: Account
let hook: Registered
let theirs: Account
let theirHook: Registered

beforeAll(async () => {
  line = await startLine({ hooks: true })
  ;[mine, theirs] = await Promise.all([openAccount(line, 0), openAccount(line, 1)])
  hook = await registered(line, mine.token)
  theirHook = await registered(line, theirs.token)
})

afterAll(() => line?.close())

test('a contact changed there is told, stored under its tenant, and settled', async () => {
  const { control } = line.activeTrail
  const { id } = control.createContact({ email: 'told@example.com' }, mine.token)
  const [delivery, ...others] = await settledHooks(line, mine.connectionId)
  expect(others).toEqual([])
  expect(delivery).toMatchObject({
    tenant_id: mine.tenantId,
    source: 'activetrail',
    event_type: 'contact_changed',
    ordering_key: `${mine.tenantId}/${mine.connectionId}/${id}`,
    state: 'done',
    reason: 'no_flow',
  })
  expect(await hookDeliveries(line, theirs.connectionId)).toEqual([])
  void callHook
  void theirHook
  void hook
})
