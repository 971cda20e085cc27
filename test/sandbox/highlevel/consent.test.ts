import { afterEach, beforeEach, expect, test } from 'vitest'
import { PLATFORM_SCOPES as SCOPES_OF_APP } from '../../../src/highlevel/platform-scopes.ts'
import { PLATFORM_SCOPES } from '../../../src/sandbox/highlevel/platform-scopes.ts'
import { type RunningSandbox, registration, startSandbox } from './start-sandbox.ts'

let sandbox: RunningSandbox

beforeEach(async () => {
  sandbox = await startSandbox()
})
afterEach(() => sandbox.stop())

const asked = (changes: Record<string, string | undefined> = {}): string => {
  const query = {
    response_type: 'code',
    client_id: registration.clientId,
    version_id: registration.appId,
    redirect_uri: registration.redirectUris[0],
    scope: 'contacts.readonly oauth.write',
    ...changes,
  }
  return `/v2/oauth/chooselocation?${new URLSearchParams(JSON.parse(JSON.stringify(query)))}`
}

const choose = (address: string, choice: Record<string, string>): Promise<Response> =>
  fetch(sandbox.url + address, { method: 'POST', body: new URLSearchParams(choice), redirect: 'manual' })

test('the page offers every location and agency, and says what is asked for', async () => {
  const page = await (await fetch(sandbox.url + asked())).text()
  for (const { name } of [...sandbox.control.locations(), ...sandbox.control.companies()]) expect(page).toContain(name)
  expect(page).toContain('contacts.readonly')
})

test('choosing a location leads back with a code, and with the state that came', async () => {
  const [location] = sandbox.control.locations()
  const answer = await choose(asked({ state: 'xyz & more' }), { target: `location:${location?.id}` })
  const back = new URL(answer.headers.get('location') ?? '')
  expect(back.origin + back.pathname).toBe(registration.redirectUris[0])
  expect(back.searchParams.get('state')).toBe('xyz & more')
  expect((await sandbox.exchange(back.href)).body).toMatchObject({
    locationId: location?.id,
    scope: 'contacts.readonly oauth.write',
  })
  const bare = await choose(asked(), { target: `location:${location?.id}` })
  expect(new URL(bare.headers.get('location') ?? '').searchParams.has('state')).toBe(false)
})

test('an agency installs for all of its locations, for later ones, or for some', async () => {
  const [company] = sandbox.control.companies()
  const [first, second] = sandbox.control.locations(company?.id)
  await choose(asked(), { target: `some:${company?.id}`, [`locations-${company?.id}`]: second?.id ?? '' })
  expect(sandbox.control.installs().map(({ locationId }) => locationId)).toEqual([null, second?.id])

  const all = await choose(asked(), { target: `all:${company?.id}`, [`future-${company?.id}`]: 'on' })
  const { body } = await sandbox.exchange(all.headers.get('location') ?? '')
  expect(body).toMatchObject({ userType: 'Company', approveAllLocations: true, installToFutureLocations: true })
  expect(sandbox.control.installs().map(({ locationId }) => locationId)).toContain(first?.id)
})

test('choosing nothing leads back to the page, which says so', async () => {
  const [company] = sandbox.control.companies()
  const answer = await choose(asked(), { target: `some:${company?.id}` })
  const page = await (await fetch(sandbox.url + answer.headers.get('location'))).text()
  expect(page).toContain('Choose where the app may go.')
  expect(sandbox.control.installs()).toEqual([])
})

test.each([
  ['an unknown client', { client_id: 'nobody' }, 'No integration found with the ID: nobody'],
  ['a version left out', { version_id: undefined }, 'error.noversionid'],
  ['a redirect that is not registered', { redirect_uri: 'https://app.example/oauth/callback/' }, 'redirect_uri'],
  ['a scope the app does not have', { scope: 'contacts.readonly users.write' }, 'please contact the developer!'],
  ['no scope at all', { scope: '' }, 'please contact the developer!'],
])('%s is refused on the page', async (_, changes, sentence) => {
  const answer = await fetch(sandbox.url + asked(changes))
  expect(answer.status).toBe(400)
  expect(await answer.text()).toContain(sentence)
  expect((await choose(asked(changes), { target: 'location:x' })).status).toBe(400)
})

test('a scope that the platform does not have is refused, even if the app was registered with it', async () => {
  const misspelt = 'contact.readonly'
  sandbox.control.updateRegistration({ scopes: [...registration.scopes, misspelt] })
  const refused = await fetch(sandbox.url + asked({ scope: `contacts.readonly ${misspelt}` }))
  expect(refused.status).toBe(400)
  expect(await refused.text()).toContain('This integration cannot be added, please contact the developer!')
  expect((await fetch(sandbox.url + asked({ scope: registration.scopes.join(' ') }))).status).toBe(200)
})

test('every scope that the app knows of is one of the platform', () => {
  for (const scope of SCOPES_OF_APP) expect(PLATFORM_SCOPES).toContain(scope)
})

test('the older address asks for no version', async () => {
  const older = asked({ version_id: undefined }).replace('/v2', '')
  expect((await fetch(sandbox.url + older)).status).toBe(200)
})
