import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Line, startLine } from '../support/line.ts'
import { allSettled } from '../webhooks/tenants.ts'
import { type Installed, installed } from './installed.ts'

let line: Line
let account: Installed
/** Later than whatever the installation itself was told of. */
let clock = Date.now() + 3_600_000

beforeAll(async () => {
  line = await startLine()
  account = await installed(line, 0)
})
afterAll(() => line?.close())

/** The app is told of as installed, each time a little later. */
async function tell(fields: object): Promise<void> {
  clock += 1000
  line.highLevel.control.sendWebhook({
    type: 'INSTALL',
    installType: 'Location',
    appId: line.config.highLevel.appId,
    locationId: account.locationId,
    companyId: account.companyId,
    webhookId: crypto.randomUUID(),
    timestamp: new Date(clock).toISOString(),
    ...fields,
  })
  await allSettled(line)
}

const PLATFORM = ['https://app.gohighlevel.com', 'https://app.leadconnectorhq.com']

/** Who may show the page of this account in a frame, beside the platform's own hosts and the sandbox. */
async function mayFrame(locationId = account.locationId): Promise<string[]> {
  const answer = await fetch(`${line.appUrl}/settings?location_id=${locationId}`)
  const policy = String(answer.headers.get('content-security-policy'))
  const origins = String(/frame-ancestors ([^;]*)/.exec(policy)?.[1]).split(' ')
  expect(origins).toEqual(expect.arrayContaining(PLATFORM))
  return origins.filter((origin) => ![...PLATFORM, line.highLevelUrl].includes(origin))
}

test.each([
  ['bare', 'app.reseller.example', 'https://app.reseller.example'],
  ['with a scheme', 'https://crm.reseller.example', 'https://crm.reseller.example'],
  ['with a scheme and a path, in capitals', 'HTTPS://CRM2.Reseller.Example/', 'https://crm2.reseller.example'],
])('the reseller’s domain, told %s, may frame the page', async (_name, domain, origin) => {
  await tell({ isWhitelabelCompany: true, whitelabelDetails: { domain, logoUrl: '' } })
  expect(await mayFrame()).toEqual([origin])
})

test('what says nothing of a domain leaves it, and a company without a brand of its own removes it', async () => {
  await tell({ isWhitelabelCompany: true, whitelabelDetails: { domain: 'stays.reseller.example' } })
  await tell({ isWhitelabelCompany: true, whitelabelDetails: {} })
  await tell({})
  expect(await mayFrame()).toEqual(['https://stays.reseller.example'])
  await tell({ isWhitelabelCompany: false, whitelabelDetails: {} })
  expect(await mayFrame()).toEqual([])
})

test.each([
  'evil.example; script-src *',
  '*',
  "'unsafe-inline'",
  'a b.example',
  'javascript:alert(1)',
  'https://',
  '.',
])('what is no domain (%s) frames nothing', async (domain) => {
  await tell({ isWhitelabelCompany: false, whitelabelDetails: {} })
  await tell({ isWhitelabelCompany: true, whitelabelDetails: { domain } })
  expect(await mayFrame()).toEqual([])
})

test('a domain frames the page of its own accounts only, and nobody is asked for it', async () => {
  await tell({ isWhitelabelCompany: true, whitelabelDetails: { domain: 'own.reseller.example' } })
  const other = line.highLevel.control.locations()[4]
  expect(await mayFrame(String(other?.id))).toEqual([])
  expect(await mayFrame('nowhere')).toEqual([])
  expect(line.highLevel.control.requests({ path: '/marketplace/' })).toEqual([])
  expect(line.highLevel.control.requests({ path: '/companies/' })).toEqual([])
})
