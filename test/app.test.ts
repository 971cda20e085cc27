import type { Router } from 'express'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { composeWeb } from '../src/compose/web.ts'
import { createLogger } from '../src/lib/logger.ts'
import { hookRegistered } from './support/hooked.ts'
import { type Line, startLine } from './support/line.ts'
import { eventually, type Owner, openPage } from './support/people.ts'
import { type Installed, installed } from './tenants/installed.ts'

/** Every door of the app, and how it meets whoever has no business there. */

let line: Line
let home: { account: Installed; admin: Owner; member: Owner } & Ids
let foreign: { account: Installed; admin: Owner } & Ids

beforeAll(async () => {
  line = await startLine()
  const [mine, theirs] = [await installed(line, 0), await installed(line, 4)]
  home = { ...(await furnish(mine)), member: await openPage(line, mine.memberId, mine.locationId) }
  foreign = await furnish(theirs)
  await eventually(
    () => line.database.system.sql('audit_entries').where({ action: 'backfill.finished' }),
    (finished) => finished.length === 2, // what goes on by itself must not be taken for the doing of a door
    20_000,
  )
})

afterAll(() => line?.close())

async function furnish(account: Installed): Promise<typeof foreign> {
  const admin = await openPage(line, account.adminId, account.locationId)
  const answer = await admin.send('POST', '/settings/connections', { partner: 'activetrail', credentials: newToken() })
  const { id: connectionId } = (await answer.json()) as { id: string }
  await hookRegistered(line, connectionId)
  const flow = await line.database.system.sql('flows').where({ tenant_id: account.tenantId }).first('id')
  const planned = await admin.send('POST', '/settings/backfills', { flowId: flow.id })
  const { id: backfillId } = (await planned.json()) as { id: string }
  return { account, admin, connectionId, flowId: flow.id, backfillId }
}

const newToken = () => ({ token: line.activeTrail.token })

type Case = { door: string; body?: () => object; changes: boolean }

/** What the settings page's doors are sent by someone who may. `:connection` and `:flow` stand for real ids. */
const SETTINGS: Case[] = [
  { door: 'GET /settings/home', changes: false },
  {
    door: 'POST /settings/connections',
    body: () => ({ partner: 'activetrail', credentials: newToken() }),
    changes: true,
  },
  { door: 'PUT /settings/connections/:id/credentials', body: () => ({ credentials: newToken() }), changes: true },
  { door: 'DELETE /settings/connections/:id', changes: true },
  { door: 'POST /settings/connections/:id/hook', body: () => ({}), changes: true },
  { door: 'GET /settings/connections/:id/fields?side=partner&object=contact', changes: false },
  { door: 'GET /settings/flows', changes: false },
  {
    door: 'POST /settings/flows',
    body: () => ({ kind: 'copy', flowId: home.flowId, name: 'A copy' }),
    changes: true,
  },
  { door: 'GET /settings/flows/:id', changes: false },
  { door: 'PUT /settings/flows/:id', body: () => ({ name: 'Another name' }), changes: true },
  { door: 'DELETE /settings/flows/:id', changes: true },
  { door: 'GET /settings/flows/:id/versions', changes: false },
  { door: 'POST /settings/flows/:id/versions', body: () => ({ basedOn: 1, restore: 1 }), changes: true },
  { door: 'POST /settings/flows/:id/checks', body: () => ({ definition: NOTHING_DONE }), changes: true },
  { door: 'POST /settings/flows/:id/previews', body: () => ({ definition: NOTHING_DONE }), changes: true },
  { door: 'PUT /settings/flows/:id/switch', body: () => ({ enabled: false }), changes: true },
  { door: 'POST /settings/backfills', body: () => ({ flowId: crypto.randomUUID() }), changes: true },
  { door: 'GET /settings/backfills', changes: false },
  { door: 'GET /settings/backfills/:id', changes: false },
  { door: 'GET /settings/backfills/:id/records?phase=plan', changes: false },
  ...['test', 'run', 'pause', 'resume', 'cancel'].map((step) => ({
    door: `POST /settings/backfills/:id/${step}`,
    changes: true,
  })),
  { door: 'GET /settings/conflicts', changes: false },
  {
    door: 'POST /settings/conflicts/decisions',
    body: () => ({ conflictIds: [crypto.randomUUID()], decision: { kind: 'leave' } }),
    changes: true,
  },
  {
    door: 'GET /settings/history?connectionId=00000000-0000-4000-8000-000000000000&object=contact&highLevelId=1',
    changes: false,
  },
  { door: 'POST /settings/history/:id/undo', body: () => ({}), changes: true },
  { door: 'GET /settings/export', changes: true }, // recorded, and for administrators only
  { door: 'POST /settings/uninstall', body: () => ({ erase: true }), changes: true },
]

const NOTHING_DONE = {
  ...{ trigger: 'highlevel.contact_changed', options: {}, conditions: null, enter: [], leave: [] },
  onDelete: { kind: 'nothing' },
}

/** Behind the operator's cookie. */
const CONSOLE = [
  'GET /admin/audit',
  'POST /admin/audit/verifications',
  'GET /admin/deliveries',
  'GET /admin/deliveries/orders/new',
  'GET /admin/deliveries/orders/:id',
  'POST /admin/deliveries/orders',
  'GET /admin/deliveries/:tenantId/:id',
  'POST /admin/deliveries/:tenantId/:id/replays',
  'POST /admin/deliveries/:tenantId/:id/discards',
]

/** Open to all, each for its own reason; what they do is tested where they live. */
const OPEN = [
  'GET /healthz',
  'GET /readyz',
  'GET /metrics', // by bearer, from whoever runs the server
  'POST /webhooks/highlevel', // signed
  'POST /^\\/hooks\\/[^/]+\\/[^/]+$/', // the address holds a secret
  'GET /oauth/install',
  'GET /oauth/callback', // state
  'GET /settings', // an empty shell
  'POST /settings/session', // sealed user data
  'GET /admin', // asks to sign in
  'POST /admin/session', // single-use link
  'POST /admin/sign-out',
]

type Layer = { route?: { path: string; methods: Record<string, boolean> }; handle: { stack?: Layer[] } }

const doorsOf = (stack: Layer[]): string[] =>
  stack.flatMap(({ route, handle }) => {
    const methods = Object.keys(route?.methods ?? {}).map((method) => method.toUpperCase())
    return [...methods.map((method) => `${method} ${route?.path}`), ...doorsOf(handle.stack ?? [])]
  })

test('every door of the app has a case here', async () => {
  const web = composeWeb({
    config: line.config,
    databaseUrl: line.databaseUrl,
    log: createLogger({ level: 'silent' }),
  })
  const doors = doorsOf((web.app.router as Router & { stack: Layer[] }).stack)
  await web.stop()
  expect(doors.sort()).toEqual([...SETTINGS.map(({ door }) => door.replace(/\?.*/, '')), ...CONSOLE, ...OPEN].sort())
})

type Ids = { connectionId: string; flowId: string; backfillId: string }

const addressOf = (door: string, ids: Ids): { method: string; path: string } => {
  const [method = '', path = ''] = door.split(' ')
  return { method, path: path.replace(':id', idFor(path, ids)) }
}

function idFor(path: string, ids: Ids): string {
  if (path.includes('/backfills/')) return ids.backfillId
  return path.includes('/flows/') ? ids.flowId : ids.connectionId
}

/** What belongs to both accounts, to see that nothing moved. */
async function belongings(): Promise<unknown> {
  const { sql } = line.database.system
  return [
    await sql('connections').orderBy('id'),
    await sql('flows').orderBy('id'),
    await sql('installations').orderBy('tenant_id'),
    await sql('audit_entries').whereNot('action', 'session.opened').count(),
  ]
}

describe.each(SETTINGS)('$door', ({ door, body, changes }) => {
  test('without a session answers 401 and does nothing', async () => {
    const before = await belongings()
    const { method, path } = addressOf(door, home)
    const headers = { 'content-type': 'application/json' }
    const sent = body ? { method, headers, body: JSON.stringify(body()) } : { method }
    const answer = await fetch(`${line.appUrl}${path}`, sent)
    expect(answer.status).toBe(401)
    expect(answer.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    expect(answer.headers.get('set-cookie')).toBeNull()
    expect(await belongings()).toEqual(before)
  })

  test('as a user who may only look answers 403 to a change and does nothing', async () => {
    const before = await belongings()
    const { method, path } = addressOf(door, home)
    const answer = await (changes ? home.member.send(method, path, body?.()) : home.member.get(path))
    expect(answer.status).toBe(changes ? 403 : 200)
    expect(await belongings()).toEqual(before)
  })

  test.runIf(door.includes(':id'))('with another account’s ids answers as to ids of nothing', async () => {
    const before = await belongings()
    const [connectionId, flowId, backfillId] = [crypto.randomUUID(), crypto.randomUUID(), crypto.randomUUID()]
    const nothing = { connectionId, flowId, backfillId }
    for (const ids of [foreign, nothing]) {
      const { method, path } = addressOf(door, ids)
      const answer = await home.admin.send(method, path, body?.())
      expect(answer.status).toBe(404)
      expect(await answer.json()).toMatchObject({ error: { code: 'not_found', message: 'There is nothing here.' } })
    }
    expect(await belongings()).toEqual(before)
  })

  test.runIf(door.includes(':id'))('with ids that are none answers 400', async () => {
    for (const id of ['1', "'or 1=1--", '..%2f..%2f', '%00', '%ff']) {
      const [method = '', path = ''] = door.split(' ')
      expect((await home.admin.send(method, path.replace(':id', id), body?.())).status).toBe(400)
    }
  })
})

test('what another account does is not seen from here', async () => {
  const seen = await (await home.admin.get('/settings/home')).text()
  expect(seen).toContain(home.connectionId)
  for (const theirs of [foreign.connectionId, foreign.flowId, foreign.account.locationId]) {
    expect(seen).not.toContain(theirs)
  }
})

test.each(CONSOLE)('%s without the operator’s cookie answers 401', async (door) => {
  const [method = '', path = ''] = door.split(' ')
  const before = await belongings()
  for (const cookie of ['', 'causeway_console=', 'causeway_console=x.y.z']) {
    const answer = await fetch(`${line.appUrl}${path}`, { method, headers: { cookie, origin: line.appUrl } })
    expect(answer.status).toBe(401)
    expect(answer.headers.get('cache-control')).toBe('no-store')
  }
  expect(await belongings()).toEqual(before)
})

test('an owner’s bearer is no operator’s cookie', async () => {
  const payload = line.highLevel.control.sealUserData(home.account.adminId, home.account.locationId)
  const answer = await fetch(`${line.appUrl}/settings/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ payload }),
  })
  const { token } = (await answer.json()) as { token: string }
  const asked = await fetch(`${line.appUrl}/admin/audit`, { headers: { cookie: `causeway_console=${token}` } })
  expect(asked.status).toBe(401)
})
