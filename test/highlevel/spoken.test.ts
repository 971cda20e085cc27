import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Line, startLine } from '../support/line.ts'
import { checkRequest, checkResponse, openApiAvailable } from '../support/openapi.ts'
import { eventually, install, openPage } from '../support/people.ts'

/** Every test that starts the line holds both sides of the wire against HighLevel's documents; this one says all there is to say. */

let line: Line

beforeAll(async () => {
  line = await startLine()
})

afterAll(() => line?.close())

const spoken = () => line.highLevel.control.requests()
const pathsSpoken = () => [
  ...new Set(spoken().map(({ method, path }) => `${method} ${path.replace(/\/\w{20}(?=\/|$)/g, '/{id}')}`)),
]

test.skipIf(!openApiAvailable)('every call the app makes, and every answer to it, is as documented', async () => {
  const { control } = line.highLevel
  const [location] = control.locations()
  const company = control.companies()[1]
  if (!location || !company) throw new Error('The sandbox has no places.')
  await install(line, location.id)
  await fetch(control.installCompany(company.id))
  const admin = control.users(location.id).find((user) => user.type !== 'agency' && user.role === 'admin')
  const owner = await openPage(line, String(admin?.id), location.id)
  await owner.send('POST', '/settings/connections', {
    partner: 'activetrail',
    credentials: { token: line.activeTrail.token },
  })
  await owner.get('/settings/home')
  control.expireTokens({ locationId: location.id })
  control.createContact(location.id, { email: 'spoken@example.com', firstName: 'Spoken' })
  await eventually(pathsSpoken, (paths) =>
    [
      'GET /contacts/{id}',
      'GET /locations/{id}/customFields',
      'GET /oauth/installedLocations',
      'POST /oauth/locationToken',
    ].every((path) => paths.includes(path)),
  )
  await eventually(
    () =>
      spoken().filter(({ path, body }) => path === '/oauth/token' && JSON.stringify(body).includes('refresh_token')),
    (refreshes) => refreshes.length > 0,
  )
  expect(pathsSpoken().sort()).toEqual([
    'GET /contacts/{id}',
    'GET /locations/{id}',
    'GET /locations/{id}/customFields',
    'GET /oauth/installedLocations',
    'POST /oauth/locationToken',
    'POST /oauth/token',
  ])
  for (const call of spoken()) {
    expect(checkRequest(call)).toEqual([])
    if (call.status !== null) expect(checkResponse({ ...call, status: call.status, body: call.answer })).toEqual([])
  }
})

test.skipIf(!openApiAvailable)('a call that is not documented would be noticed', () => {
  const headers = { version: '2021-07-28' }
  expect(
    checkRequest({ method: 'GET', path: '/contacts/abc/secrets', headers, query: {}, body: undefined }),
  ).not.toEqual([])
  expect(checkRequest({ method: 'GET', path: '/contacts/abc', headers: {}, query: {}, body: undefined })).not.toEqual(
    [],
  )
})
