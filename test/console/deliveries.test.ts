import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '../../src/lib/ids.ts'
import { companyTenantId, NOBODY } from '../../src/tenants/tenant-id.ts'
import { rowOf, storeDeliveries, storeDelivery } from '../deliveries/stored.ts'
import { type Line, startLine } from '../support/line.ts'
import { installed } from '../tenants/installed.ts'
import { hiddenFields, type Operator, signInOperator } from './operator.ts'

let line: Line
let alex: Operator
let here: string
let there: string

beforeAll(async () => {
  line = await startLine({ work: false })
  here = (await installed(line, 0)).tenantId
  there = (await installed(line, 1)).tenantId
  alex = await signInOperator(line)
})
afterAll(() => line?.close())

const LIST = '/admin/deliveries'

/** The addresses of the deliveries on a page. */
const shownOn = (html: string): string[] =>
  [...html.matchAll(/href="\/admin\/deliveries\/([0-9a-f-]{36}\/[0-9a-f-]{36})"/g)].map(([, place]) => String(place))

const list = async (query: Record<string, string> = {}): Promise<string[]> => {
  const { status, html } = await alex.get(`${LIST}?${new URLSearchParams(query)}`)
  expect(status).toBe(200)
  return shownOn(html)
}

test('what was given up or waits is shown first, newest first, in pages that neither repeat nor leave out', async () => {
  const many = await storeDeliveries(
    line,
    here,
    Array.from({ length: 105 }, (_, turn) => ({
      state: turn % 2 ? ('dead' as const) : ('parked' as const),
      eventType: 'Many',
    })),
  )
  await storeDeliveries(line, here, [
    { state: 'done', eventType: 'Many' },
    { state: 'received', eventType: 'Many' },
  ])
  const seen: string[] = []
  for (let url: string | undefined = `${LIST}?event=Many`; url; ) {
    const { html } = await alex.get(url)
    seen.push(...shownOn(html))
    url = /href="([^"]*before=[^"]*)"/.exec(html)?.[1]?.replaceAll('&amp;', '&')
  }
  expect(seen).toEqual(many.map(({ tenantId, id }) => `${tenantId}/${id}`).reverse())
})

test('the filters find what they say, and nothing of another account', async () => {
  const [mine, other] = await Promise.all([
    storeDelivery(
      line,
      { eventType: 'Wanted', reason: 'unavailable', receivedAt: new Date('2026-11-20T10:00:00Z') },
      here,
    ),
    storeDelivery(line, { eventType: 'Wanted', reason: 'rejected', source: 'activetrail' }, there),
  ])
  const [ours, theirs] = [`${here}/${mine.id}`, `${there}/${other.id}`]
  const both = [ours, theirs].sort()
  expect((await list({ event: 'Wanted' })).sort()).toEqual(both)
  expect(await list({ event: 'Wanted', tenant: here })).toEqual([ours])
  expect(await list({ event: 'Wanted', reason: 'rejected' })).toEqual([theirs])
  expect(await list({ event: 'Wanted', source: 'activetrail' })).toEqual([theirs])
  expect(await list({ event: 'Wanted', to: '2026-11-20T10:00' })).toEqual([ours])
  expect(await list({ event: 'Wanted', from: '2026-11-20T10:01' })).toEqual([theirs])
  expect(await list({ event: 'Wanted', state: 'parked' })).toEqual([])
  expect(await list({ delivery: mine.id })).toEqual([ours])
  expect(await list({ delivery: other.deliveryId })).toEqual([theirs])
  expect(await list({ delivery: other.deliveryId, tenant: here })).toEqual([])
  const [{ location_id: locationId }] = await line.database.system.sql('installations').where({ tenant_id: there })
  expect(await list({ event: 'Wanted', tenant: locationId })).toEqual([theirs])
  await line.database.system
    .sql('installations')
    .where({ tenant_id: here })
    .update({ account_name: '50% off_ "Pilates"' })
  expect(await list({ event: 'Wanted', tenant: '50% off_ "PIL' })).toEqual([ours])
  expect(await list({ event: 'Wanted', tenant: '%' })).toEqual([ours])
  expect(await list({ event: 'Wanted', tenant: 'nobody is called so' })).toEqual([])
})

test('what is done is looked for within an account', async () => {
  const done = await storeDelivery(line, { state: 'done', reason: null, eventType: 'Finished' }, here)
  expect(await list({ state: 'done', event: 'Finished', tenant: here })).toEqual([`${here}/${done.id}`])
  expect(await list({ state: 'any', delivery: done.id })).toEqual([`${here}/${done.id}`])
  for (const state of ['done', 'ignored', 'discarded', 'any']) {
    const { status, html } = await alex.get(`${LIST}?state=${state}`)
    expect([status, html]).toEqual([422, expect.stringContaining('Name an account, or a delivery.')])
  }
})

test.each([
  'state=alive',
  'state=held&state=dead',
  'tenant=%00',
  `tenant=${'x'.repeat(300)}`,
  'event=%27%20or%201%3D1',
  'reason=<script>',
  'from=yesterday',
  'from=2026-99-99',
  'delivery=a%20b',
  'delivery=%F0%9F%92%A5',
])('a filter that cannot be read is not taken for everything: %s', async (query) => {
  const { status, html } = await alex.get(`${LIST}?${query}`)
  expect([status, html]).toEqual([422, expect.stringContaining('cannot be read')])
  expect((await alex.get(`${LIST}/orders/new?action=discard&${query}`)).status).toBe(422)
})

test('a place in the list that makes no sense is the beginning', async () => {
  await storeDelivery(line, { eventType: 'Placed' }, here)
  for (const before of ['x', `${newId()}~x`, `${'-'.repeat(36)}~${NOBODY}`]) {
    expect(await list({ event: 'Placed', before })).toHaveLength(1)
  }
})

test('a delivery is shown without anything of anybody', async () => {
  const sent = {
    type: 'ContactUpdate',
    id: 'nmFmQEsNgz6AVpgLVUJ0',
    firstName: 'Canary-Name',
    email: 'canary@canary.example',
    customFields: [{ id: 'nmFmQEsNgz6AVpgLVUJ1', value: { deep: ['Canary-Deep'] } }],
    note: '<img src=x onerror=alert(1)>',
  }
  const headers = { 'user-agent': '<b>axios</b>', 'x-ghl-signature': 'canary-signature', 'x-secret': 'canary-secret' }
  const place = await storeDelivery(line, { sent, headers, orderingKey: `${here}/canary-key` }, here)
  const { status, html } = await alex.get(`${LIST}/${here}/${place.id}`)
  expect(status).toBe(200)
  expect(html).not.toMatch(/canary/i)
  expect(html).not.toMatch(/<img|<b>/)
  for (const text of [
    'nmFmQEsNgz6AVpgLVUJ0',
    'c•••@•••',
    '&lt;b&gt;axios',
    '<dt>x-ghl-signature</dt><dd><bdi>present',
  ]) {
    expect(html).toContain(text)
  }
  expect(html).toContain('an error that nobody expected')
})

test.each<[string, Buffer]>([
  ['bytes', Buffer.from([0, 255, 254])],
  ['text', Buffer.from('Canary')],
  ['a list', Buffer.from('["Canary"]')],
  ['nothing', Buffer.alloc(0)],
])('a body that is %s is not shown', async (_name, sent) => {
  const { id } = await storeDelivery(line, { sent, eventType: 'unreadable', reason: 'unreadable' })
  const { html } = await alex.get(`${LIST}/${NOBODY}/${id}`)
  expect(html).toContain(`Not readable, ${sent.length} bytes.`)
  expect(html).not.toContain('Canary')
})

test('a body that cannot be opened any more says so', async () => {
  const { id } = await storeDelivery(line, {}, here)
  await line.database.system
    .sql('deliveries')
    .where({ id })
    .update({ body: Buffer.from('never sealed') })
  expect((await alex.get(`${LIST}/${here}/${id}`)).html).toContain('It cannot be opened')
})

test('what does not exist, what is another account’s and what is no id are not found alike', async () => {
  const { id } = await storeDelivery(line, {}, here)
  const company = companyTenantId(line.config.highLevel.appId, 'nobody')
  for (const path of [
    `${here}/${newId()}`,
    `${there}/${id}`,
    `${company}/${id}`,
    `${here}/x`,
    `x/${id}`,
    'orders/x',
    `orders/${id}`,
  ]) {
    const { status, html } = await alex.get(`${LIST}/${path}`)
    expect([path, status, html]).toEqual([path, 404, expect.stringContaining('There is nothing here.')])
  }
  for (const path of [
    `${there}/${id}/replays`,
    `${here}/${newId()}/discards`,
    `x/y/replays`,
    `${here}/${id}/deletions`,
  ]) {
    expect([path, (await alex.send(`${LIST}/${path}`, { why: 'x' })).status]).toEqual([path, 404])
  }
  expect(await rowOf(line, { tenantId: here, id, deliveryId: '' })).toMatchObject({ state: 'dead' })
})

test('nobody but a signed-in operator sees or changes anything', async () => {
  const place = await storeDelivery(line, {}, here)
  const stranger = async (path: string, init: RequestInit = {}) => {
    const answer = await fetch(`${line.appUrl}${path}`, { redirect: 'manual', ...init })
    return [answer.status, (await answer.text()).includes(place.id)]
  }
  const one = `${LIST}/${here}/${place.id}`
  for (const path of [LIST, one, `${LIST}/orders/new?action=replay`, `${LIST}/orders/${newId()}`]) {
    expect([path, ...(await stranger(path))]).toEqual([path, 401, false])
  }
  const form = { method: 'POST', headers: { origin: line.appUrl }, body: new URLSearchParams({ why: 'x' }) }
  for (const path of [`${one}/replays`, `${one}/discards`, `${LIST}/orders`]) {
    expect([path, ...(await stranger(path, form))]).toEqual([path, 401, false])
    expect([path, (await alex.send(path, { why: 'x' }, 'https://elsewhere.example')).status]).toEqual([path, 403])
  }
  expect(await rowOf(line, place)).toMatchObject({ state: 'dead' })
})

const entriesOf = (tenantId: string, target: string) =>
  line.database.system
    .sql('audit_entries')
    .where({ tenant_id: tenantId, target })
    .orderBy('seq')
    .select('action', 'actor_kind', 'actor_id', 'details')

test('one delivery is put back once, however often it is asked for, with the reason in the account’s log', async () => {
  const place = await storeDelivery(line, { state: 'dead', reason: 'unavailable' }, here)
  await line.database.system.sql('deliveries').where({ id: place.id }).update({ attempts: 100, troubles: 99 })
  const bea = await signInOperator(line, 'bea')
  const path = `${LIST}/${here}/${place.id}/replays`
  const answers = await Promise.all(
    [alex, bea, alex, bea].map((operator) => operator.send(path, { why: ' it\u001b[31m works\nagain ' })),
  )
  expect(answers.map(({ status }) => status).sort()).toEqual([303, 409, 409, 409])
  const refused = answers.find(({ status }) => status === 409)
  expect(refused?.html).toContain('is waiting to be worked on already')
  expect(await rowOf(line, place)).toMatchObject({
    ...{ state: 'received', reason: null, attempts: 0, troubles: 0, replays: 1, finished_at: null },
  })
  expect(await entriesOf(here, `delivery/${place.id}`)).toEqual([
    {
      action: 'delivery.replayed',
      actor_kind: 'operator',
      actor_id: expect.stringMatching(/^(alex|bea)$/),
      details: { event: 'ContactUpdate', was: 'dead: unavailable', reason: 'it [31m works again' },
    },
  ])
  const jobs = await line.database.system.sql('pgboss.job').where({ name: 'work-inbox', singleton_key: here })
  expect(jobs.length).toBeGreaterThan(0)
})

test('a discarded delivery stays so', async () => {
  const place = await storeDelivery(line, { state: 'parked', reason: 'paused' }, here)
  const path = `${LIST}/${here}/${place.id}`
  const answer = await alex.send(`${path}/discards`, { why: 'a test of theirs' })
  expect((await alex.get(answer.to)).html).toContain('It was discarded.')
  expect(await rowOf(line, place)).toMatchObject({
    state: 'discarded',
    reason: 'paused',
    finished_at: expect.any(Date),
  })
  for (const action of ['replays', 'discards']) {
    const again = await alex.send(`${path}/${action}`, { why: 'again' })
    expect([again.status, again.html]).toEqual([409, expect.stringContaining('was discarded already')])
  }
  expect((await entriesOf(here, `delivery/${place.id}`)).map(({ action }) => action)).toEqual(['delivery.discarded'])
  expect(await list({ state: 'discarded', tenant: here })).toEqual([`${here}/${place.id}`])
})

test.each([
  ['done', null],
  ['received', null],
  ['ignored', 'foreign_app'],
  ['ignored', 'purged'],
  ['ignored', 'too_old'],
] as const)('what is %s (%s) is not replayed', async (state, reason) => {
  const place = await storeDelivery(line, { state, reason }, here)
  const path = `${LIST}/${here}/${place.id}`
  expect((await alex.get(path)).html).not.toContain('<form class="fields"')
  expect((await alex.send(`${path}/replays`, { why: 'x' })).status).toBe(409)
  expect(await rowOf(line, place)).toMatchObject({ state, reason, replays: 0 })
})

test.each([{}, { why: '' }, { why: ' \u200b\t' }, { why: 'x'.repeat(301) }, { why: 'x'.repeat(3000) }])(
  'without a reason that can be kept nothing changes',
  async (fields: Record<string, string>) => {
    const place = await storeDelivery(line, {}, here)
    const { status } = await alex.send(`${LIST}/${here}/${place.id}/replays`, fields)
    expect([400, 422]).toContain(status)
    expect(await rowOf(line, place)).toMatchObject({ state: 'dead' })
  },
)

test('an order is counted first, means what there was then, and is filed once', async () => {
  const changes = Array.from({ length: 3 }, () => ({ eventType: 'Ordered' }))
  await storeDeliveries(line, here, changes)
  await storeDeliveries(line, there, [...changes, { eventType: 'Ordered', state: 'parked', reason: 'paused' }])
  const { html } = await alex.get(`${LIST}/orders/new?action=replay&event=Ordered&state=dead`)
  expect(html).toContain('Replay 6 deliveries')
  const late = await storeDelivery(line, { eventType: 'Ordered', receivedAt: new Date(Date.now() + 1000) }, here)
  const form = { ...hiddenFields(html), why: 'the partner works again' }
  const answers = await Promise.all([1, 2, 3].map(() => alex.send(`${LIST}/orders`, form)))
  expect(answers.map(({ status }) => status).sort()).toEqual([303, 409, 409])
  const order = answers.find(({ status }) => status === 303)?.to ?? ''
  expect((await alex.get(order)).html).toContain('0 of 6 are put back')
  const bea = await signInOperator(line, 'bea')
  const hers = hiddenFields((await bea.get(`${LIST}/orders/new?action=discard&event=Ordered`)).html)
  const refused = await bea.send(`${LIST}/orders`, { ...hers, why: 'no use' })
  expect([refused.status, refused.html]).toEqual([
    409,
    expect.stringMatching(/What alex ordered at .* still under way/),
  ])
  const jobs = await line.database.system.sql('pgboss.job').where({ name: 'carry-out-order' }).pluck('singleton_key')
  expect(jobs.sort()).toEqual([here, there].sort())
  expect(await rowOf(line, late)).toMatchObject({ state: 'dead' })
  await line.database.system.sql('delivery_orders').update({ finished_at: new Date() })
})

test.each<[string, Record<string, string>, number]>([
  ['no reason', { why: ' ' }, 422],
  ['another action', { action: 'delete' }, 400],
  ['a moment that has not come', { frozen: '2126-01-01T00:00:00.000Z' }, 400],
  ['no moment', { frozen: 'x' }, 400],
  ['an id of its own making', { order: '1' }, 400],
  ['a filter that cannot be read', { state: 'x' }, 422],
  ['everything there ever was', { state: 'any', event: '' }, 422],
  ['nothing', { event: 'NothingIsCalledSo' }, 409],
])('an order with %s is refused', async (_name, change, status) => {
  await storeDelivery(line, { eventType: 'Refused' }, here)
  const form = hiddenFields((await alex.get(`${LIST}/orders/new?action=replay&event=Refused`)).html)
  const before = await line.database.system.sql('delivery_orders').count()
  expect((await alex.send(`${LIST}/orders`, { ...form, why: 'x', ...change })).status).toBe(status)
  expect(await line.database.system.sql('delivery_orders').count()).toEqual(before)
})
