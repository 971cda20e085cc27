import { userInfo } from 'node:os'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCommand } from '../leaving/run-command.ts'
import { type Line, startLine } from '../support/line.ts'
import { installed } from '../tenants/installed.ts'
import { rowOf, storeDeliveries, storeDelivery } from './stored.ts'

let line: Line
let tenantId: string

beforeAll(async () => {
  line = await startLine({ work: false })
  tenantId = (await installed(line, 0)).tenantId
})
afterAll(() => line?.close())

const run = (...args: string[]) => runCommand(line, 'deliveries', ...args)

test('an operator lists, looks, counts, replays and discards', async () => {
  await line.database.system.sql('installations').update({ company_name: 'Red\u001b[31m\u202EAgency' })
  const sent = { type: 'ContactUpdate', id: 'nmFmQEsNgz6AVpgLVUJ0', email: 'canary@example.com' }
  const one = await storeDelivery(line, { sent, reason: 'unavailable' }, tenantId)
  const many = await storeDeliveries(line, tenantId, Array(3).fill({ state: 'parked', reason: 'paused' }))

  const listed = await run('list', '--because', 'unavailable')
  expect(listed.out).toMatch(
    new RegExp(`^${one.id}  \\S+Z  dead  unavailable  ContactUpdate  highlevel  attempts 0  Red·\\[31m·Agency.*\\n$`),
  )
  const shown = await run('show', one.deliveryId)
  expect(shown).toMatchObject({ code: 0, err: '' })
  expect(shown.out).toContain('"email": "c•••@•••"')
  expect(shown.out).toContain('signature: present')
  expect(shown.out).not.toMatch(/canary|aSignature/)

  const counted = await run('replay', '--state', 'parked', '--tenant', tenantId, '--dry-run')
  expect(counted).toEqual({ code: 0, out: '3 deliveries of 1 accounts would be put back to be worked on.\n', err: '' })
  expect(await rowOf(line, many[0] ?? expect.unreachable())).toMatchObject({ state: 'parked' })

  expect(await run('replay', one.id, '--reason', 'it works again')).toEqual({
    ...{ code: 0, err: '', out: '1 delivery was put back to be worked on.\n' },
  })
  expect(await rowOf(line, one)).toMatchObject({ state: 'received', replays: 1 })
  const discarded = await run('discard', '--state', 'parked', '--reason', 'a test of theirs')
  expect(discarded).toMatchObject({ code: 0, out: expect.stringMatching(/\n3 deliveries were discarded\.\n$/) })
  for (const place of many) expect(await rowOf(line, place)).toMatchObject({ state: 'discarded' })
  expect(await run('discard', one.id)).toMatchObject({ code: 1, out: '', err: expect.stringMatching(/Say why/) })
  const log = await line.database.system
    .sql('audit_entries')
    .where({ tenant_id: tenantId })
    .whereLike('action', 'deliver%')
    .orderBy('seq')
    .select('action', 'actor_id', 'details')
  const actor_id = userInfo().username
  expect(log).toEqual([
    { action: 'delivery.replayed', actor_id, details: expect.objectContaining({ reason: 'it works again' }) },
    {
      action: 'deliveries.discarded',
      actor_id,
      details: { count: 3, filter: 'state parked', reason: 'a test of theirs' },
    },
  ])
}, 60_000)

test.each([
  ['no verb that it knows', ['delete', 'x'], /Say what: deliveries list/],
  ['nothing that says which', ['discard', '--reason', 'x'], /Say which/],
  ['a filter that cannot be read', ['list', '--state', 'alive'], /The filter "state" cannot be read/],
])(
  'a command that is given %s says so',
  async (_name, args, sentence) => {
    expect(await run(...args)).toMatchObject({ code: 1, out: '', err: expect.stringMatching(sentence) })
  },
  60_000,
)
