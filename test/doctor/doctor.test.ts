import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Check } from '../../src/doctor/check.ts'
import { examine } from '../../src/doctor/examine.ts'
import { ok } from '../../src/doctor/finding.ts'
import type { Patient } from '../../src/doctor/patient.ts'
import { SCOPES } from '../../src/highlevel/scopes.ts'
import { type Line, startLine } from '../support/line.ts'
import { eventually } from '../support/people.ts'
import { installed } from '../tenants/installed.ts'
import { type Change, complaintsOf, newKey, patientOf } from './patients.ts'

let line: Line

beforeAll(async () => {
  line = await startLine()
  await eventually(
    () => line.database.system.sql('pgboss.queue').whereNotNull('monitor_on').select('name'),
    (queues) => queues.length > 0,
    20_000,
  )
})
afterAll(async () => {
  await line?.close()
})

test('a healthy line has no trouble', async () => {
  await installed(line, 0)
  expect(await complaintsOf(await patientOf(line))).toEqual([])
})

test('without the platform being asked, all the rest is looked at', async () => {
  expect(await complaintsOf(await patientOf(line, { askPlatform: null }))).toEqual([])
  line.highLevel.control.clearRequests()
  await complaintsOf(await patientOf(line, { askPlatform: null }))
  expect(line.highLevel.control.requests()).toEqual([])
})

test('a check that hangs and one that breaks do not keep the others from being told', async () => {
  const patient = await patientOf(line)
  const checks: Check[] = [
    { name: 'hangs', readsTables: false, run: () => new Promise(() => {}) },
    { name: 'breaks', readsTables: true, run: () => Promise.reject(new TypeError('with a secret')) },
    { name: 'works', readsTables: true, run: async () => [ok('Well.')] },
  ]
  const results = await examine(patient, checks, 1000).finally(patient.database.close)
  expect(results.map(({ check, level, found }) => [check, level, found])).toEqual([
    ['hangs', 'fail', 'This could not be looked at (Error TOO_SLOW).'],
    ['breaks', 'fail', 'This could not be looked at (TypeError).'],
    ['works', 'ok', 'Well.'],
  ])
})

const here = (settings: NonNullable<Change['settings']>): Promise<Patient> => patientOf(line, { settings })

const portalLink = (change: Record<string, string>): string => {
  const query = {
    client_id: String(line.config.highLevel.clients[0]?.id),
    redirect_uri: `${line.appUrl}/oauth/callback`,
    scope: SCOPES.join(' '),
    ...change,
  }
  return `https://marketplace.example/v2/oauth/chooselocation?${new URLSearchParams(query)}`
}

const FAULTS: [string, () => Promise<Patient>, (string | RegExp)[]][] = [
  [
    'a clock that is ten minutes fast',
    () => patientOf(line, {}, () => Date.now() + 600_000),
    [
      /^warn clock: This machine is (599|60\d) seconds ahead of the database\.$/,
      /^warn clock: This machine is (599|60\d) seconds ahead of the platform\.$/,
    ],
  ],
  [
    'a platform with another time',
    () => patientOf(line, { askPlatform: answering({ date: new Date(Date.now() + 300_000).toUTCString() }) }),
    [/^warn clock: This machine is (299|300|301) seconds behind the platform\.$/],
  ],
  [
    'a platform that cannot be reached',
    () => patientOf(line, { askPlatform: () => Promise.reject(new Error('secret')) }),
    [/^fail platform: localhost:\d+ cannot be reached\.$/],
  ],
  [
    'something else at the platform’s address',
    () => patientOf(line, { askPlatform: answering({ status: 200 }) }),
    [/^warn platform: localhost:\d+ answers 200 where it should answer 401\.$/],
  ],
  [
    'a master key that is not in the ring',
    () => here({ encryptionKeys: [newKey('new')] }),
    ['fail keys: ENCRYPTION_KEYS lacks the key "test", which is in use.'],
  ],
  [
    'another master key of the same name',
    () => here({ encryptionKeys: [newKey('test')] }),
    ['fail keys: The key "test" of ENCRYPTION_KEYS is another one than the one in use.'],
  ],
  [
    'a master key that nothing needs',
    () => here({ encryptionKeys: [...line.config.encryptionKeys, newKey('old')] }),
    ['warn keys: Nothing is wrapped under old any more.'],
  ],
  [
    'a rotation that was not finished',
    () => here({ encryptionKeys: [newKey('new'), ...line.config.encryptionKeys] }),
    ['warn keys: Keys of tenants are still wrapped under test.'],
  ],
  [
    'an install link of another client key',
    () => here({ installUrl: portalLink({ client_id: `${line.config.highLevel.appId}-other` }) }),
    [/^fail install link: Its client_id is another client key/],
  ],
  [
    'an install link that leads elsewhere',
    () => here({ installUrl: portalLink({ redirect_uri: 'https://elsewhere.example/' }) }),
    [/^fail install link: Its redirect_uri is not ours/],
  ],
  [
    'an install link without a scope',
    () => here({ installUrl: portalLink({ scope: SCOPES.slice(1).join(' ') }) }),
    [`fail scopes: The install link does not ask for ${SCOPES[0]}: what needs it stays switched off.`],
  ],
  [
    'an install link with a misspelt scope',
    () => here({ installUrl: portalLink({ scope: [...SCOPES, 'contact.read'].join(' ') }) }),
    ['warn scopes: The install link asks for contact.read, which this version does not know.'],
  ],
  [
    'an install link that asks for too much',
    () => here({ installUrl: portalLink({ scope: [...SCOPES, 'users.write'].join(' ') }) }),
    ['warn scopes: The install link asks for users.write, which nothing needs.'],
  ],
  [
    'a production of samples',
    () =>
      here({
        production: true,
        baseUrl: 'https://us.example',
        highLevel: samples(),
        sessionKeys: [{ kid: 's', key: new Uint8Array(32) }],
      }),
    [
      'fail configuration: HIGHLEVEL_CLIENT_SECRET looks like a sample, not like a secret.',
      'fail configuration: HIGHLEVEL_SSO_SECRETS looks like a sample, not like a secret.',
      /^fail configuration: ENCRYPTION_KEYS holds a key that was not made at random/,
      /^fail configuration: SESSION_KEYS holds a key that was not made at random/,
    ],
  ],
  [
    'sessions signed with a master key',
    () => here({ encryptionKeys: line.config.encryptionKeys, sessionKeys: line.config.encryptionKeys }),
    ['warn configuration: ENCRYPTION_KEYS and SESSION_KEYS share a key.'],
  ],
]

const samples = () => {
  const clients = line.config.highLevel.clients.map(({ id }) => ({ id, secrets: ['changeme-changeme-changeme'] }))
  return { ...line.config.highLevel, clients, ssoSecrets: ['short'] }
}

const answering = (change: object) => async () => ({
  status: 401,
  date: new Date().toUTCString(),
  tookMs: 5,
  askedAt: Date.now(),
  ...change,
})

test.each(FAULTS)('%s is found, and nothing else', async (_name, spoil, expected) => {
  const found = await complaintsOf(await spoil())
  expect(found).toEqual(expected.map((one) => (one instanceof RegExp ? expect.stringMatching(one) : one)))
})
