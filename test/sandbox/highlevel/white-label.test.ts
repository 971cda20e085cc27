import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Receiver, startReceiver } from './receiver.ts'
import { type RunningSandbox, registration, startSandbox } from './start-sandbox.ts'

let receiver: Receiver
let sandbox: RunningSandbox

beforeEach(async () => {
  receiver = await startReceiver()
  sandbox = await startSandbox({ webhookUrl: receiver.url })
})
afterEach(async () => {
  await sandbox.stop()
  await receiver.stop()
})

const [DOMAIN, logoUrl] = ['app.northside-digital.example', 'https://northside-digital.example/logo.png']
const northside = () => {
  const company = sandbox.control.companies().find(({ whitelabel }) => whitelabel !== null)
  const [location] = sandbox.control.locations(company?.id)
  return { companyId: company?.id ?? '', locationId: location?.id ?? '' }
}
/** What an installation there tells of the agency's own name: the event first, then the installer's details. */
async function whitelabelOf(locationId: string): Promise<unknown[]> {
  receiver.received.length = 0
  const pair = (await sandbox.exchange(sandbox.control.installLocation(locationId))).body
  await sandbox.control.webhooksSettled()
  const path = `/marketplace/app/${registration.appId}/installations`
  const { installationDetails } = (await sandbox.call(path, { token: String(pair.access_token) })).body
  const told = [receiver.received[0]?.body, installationDetails] as Record<string, unknown>[]
  return told.map(({ isWhitelabelCompany, whitelabelDetails }) => ({ isWhitelabelCompany, whitelabelDetails }))
}

test('an agency under a name of its own says so when the app is installed, and in the details', async () => {
  const details = { isWhitelabelCompany: true, whitelabelDetails: { domain: DOMAIN, logoUrl } }
  expect(await whitelabelOf(northside().locationId)).toEqual([details, details])
})

test('the domain comes as the agency typed it, with a scheme too', async () => {
  const { companyId, locationId } = northside()
  sandbox.control.setWhitelabel(companyId, { domain: `https://${DOMAIN}/`, logoUrl })
  const details = { isWhitelabelCompany: true, whitelabelDetails: { domain: `https://${DOMAIN}/`, logoUrl } }
  expect(await whitelabelOf(locationId)).toEqual([details, details])
  sandbox.control.setWhitelabel(companyId, null)
  expect(await whitelabelOf(locationId)).toEqual([
    { isWhitelabelCompany: false, whitelabelDetails: {} },
    { isWhitelabelCompany: false, whitelabelDetails: undefined },
  ])
})

test('an app for agencies under their own names is installed at its own address, and is unknown at the other', async () => {
  const { port } = new URL(sandbox.url)
  const whitelabelUrl = `http://localhost:${port}`
  sandbox.control.updateRegistration({ whitelabelUrl })
  const page = await (await fetch(sandbox.url)).text()
  const [address = ''] = /http:[^"]*chooselocation[^"]*/.exec(page.replaceAll('&amp;', '&')) ?? []
  expect(address.startsWith(whitelabelUrl)).toBe(true)
  const elsewhere = await fetch(address.replace(whitelabelUrl, sandbox.url))
  expect(elsewhere.status).toBe(400)
  expect(await elsewhere.text()).toContain(`No integration found with the ID: ${registration.clientId}`)

  const body = new URLSearchParams({ target: `location:${northside().locationId}` })
  const chosen = await fetch(address, { method: 'POST', body, redirect: 'manual' })
  expect(chosen.status).toBe(303)
  expect((await sandbox.exchange(chosen.headers.get('location') ?? '')).body.locationId).toBe(northside().locationId)
})
