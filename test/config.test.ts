import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { readConfig } from '../src/config.ts'
import { ConfigError } from '../src/environment.ts'

const SERVER = fileURLToPath(new URL('../src/server.ts', import.meta.url))

const key = (): string => randomBytes(32).toString('base64url')

/** A production that could start, if its database were there. */
const COMPLETE: Record<string, string> = {
  NODE_ENV: 'production',
  BASE_URL: 'https://causeway.example',
  DATABASE_URL: 'postgres://app:hunter2-password@127.0.0.1:1/causeway',
  ENCRYPTION_KEYS: `k1:${key()},k0:${key()}`,
  SESSION_KEYS: `s1:${key()}`,
  HIGHLEVEL_APP_ID: 'a0a0a0a0a0a0a0a0a0a0a0a0',
  HIGHLEVEL_CLIENT_ID: 'a0a0a0a0a0a0a0a0a0a0a0a0-abcdefgh',
  HIGHLEVEL_CLIENT_SECRET: 'the-secret-of-the-client',
  HIGHLEVEL_SSO_SECRETS: 'the-secret-of-the-page',
}

type Ending = { exitCode: number | null; said: string }

/** Starts the web process as an operator would, and tells how that ended. */
function start(environment: Record<string, string>): Promise<Ending> {
  const { PATH = '', HOME = '' } = process.env
  const child = spawn(process.execPath, [SERVER], { env: { PATH, HOME, ...environment } })
  const deadline = setTimeout(() => child.kill('SIGKILL'), 20_000)
  let said = ''
  child.stdout.on('data', (part) => {
    said += part
  })
  child.stderr.on('data', (part) => {
    said += part
  })
  return new Promise((resolve) => {
    child.on('close', (exitCode) => {
      clearTimeout(deadline)
      resolve({ exitCode, said })
    })
  })
}

const without = (name: string): Record<string, string> => {
  const { [name]: _left, ...rest } = COMPLETE
  return rest
}

const SECRETS = [
  'hunter2',
  'typo',
  'the-secret-of',
  ...Object.values(COMPLETE).flatMap((value) => value.split(/[:,]/).filter((part) => part.length === 43)),
]

function expectRefusal({ exitCode, said }: Ending, name: string): void {
  expect(exitCode).toBe(1)
  expect(said).toMatch(/^Causeway cannot start: [^\n]+\n$/)
  expect(said).toContain(name)
  for (const secret of SECRETS) expect(said).not.toContain(secret)
}

const REQUIRED = Object.keys(COMPLETE).filter((name) => name !== 'NODE_ENV')

test.concurrent.each(REQUIRED)('a production without %s does not start, and says so', async (name) => {
  expectRefusal(await start(without(name)), name)
})

test.concurrent('what is empty is missing', async () => {
  expectRefusal(await start({ ...COMPLETE, ENCRYPTION_KEYS: '  ' }), 'ENCRYPTION_KEYS')
})

const MALFORMED: [name: string, value: string][] = [
  ['NODE_ENV', 'prodution-typo'],
  ['PORT', 'typo'],
  ['PORT', '70000'],
  ['BASE_URL', 'typo'],
  ['BASE_URL', 'http://typo.example'],
  ['BASE_URL', 'javascript:typo'],
  ['DATABASE_URL', 'mysql://typo@localhost/x'],
  ['ENCRYPTION_KEYS', 'typo'],
  ['ENCRYPTION_KEYS', `typo:${key().slice(1)}`],
  ['ENCRYPTION_KEYS', `typo:${key()},typo:${key()}`],
  ['ENCRYPTION_KEYS', `typo:${key()},`],
  ['SESSION_KEYS', key()],
  ['LOG_LEVEL', 'typo'],
  ['UNINSTALL_GRACE_DAYS', 'typo'],
  ['UNINSTALL_GRACE_DAYS', '366'],
  ['SANDBOX', 'typo'],
  ['SANDBOX', 'on'],
  ['HIGHLEVEL_CLIENT_ID', ' , ,'],
  ['HIGHLEVEL_CLIENT_SECRET', ','],
  ['HIGHLEVEL_CLIENT_ID', 'typo-one,typo-two'],
  ['HIGHLEVEL_SSO_SECRETS', ' , ,'],
  ['HIGHLEVEL_WEBHOOK_KEYS', 'typo'],
  ['HIGHLEVEL_WEBHOOK_KEYS', '-----BEGIN PUBLIC KEY-----\\ntypo\\n-----END PUBLIC KEY-----'],
  ['HIGHLEVEL_API_URL', 'typo'],
  ['HIGHLEVEL_API_URL', 'http://typo.example'],
  ['HIGHLEVEL_MARKETPLACE_URL', 'ftp://typo.example'],
  ['HIGHLEVEL_INSTALL_URL', 'typo'],
  ['HIGHLEVEL_INSTALL_URL', 'https://typo.example/v2/oauth/chooselocation'],
  ['HIGHLEVEL_INSTALL_URL', 'https://typo.example/v2/oauth/chooselocation?client_id=typo'],
  ['HIGHLEVEL_INSTALL_URL', 'https://typo.example/?client_id=b0b0b0b0b0b0b0b0b0b0b0b0-abcdefgh'],
  ['HIGHLEVEL_INSTALL_URL', 'http://typo.example/?client_id=a0a0a0a0a0a0a0a0a0a0a0a0-abcdefgh'],
  ['ACTIVETRAIL_API_URL', 'http://typo.example'],
]

test.each(MALFORMED)('%s malformed is named, and its value never repeated', (name, value) => {
  let said = ''
  try {
    readConfig({ ...COMPLETE, [name]: value })
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError)
    said = (error as ConfigError).message
  }
  expectRefusal({ exitCode: 1, said: `${said}\n` }, name)
})

test.concurrent('a production with something malformed does not start', async () => {
  expectRefusal(await start({ ...COMPLETE, SESSION_KEYS: 'typo', PORT: 'typo' }), 'SESSION_KEYS')
})

test.concurrent('a complete one gets as far as its database, and keeps the password to itself', async () => {
  const { exitCode, said } = await start(COMPLETE)
  expect(exitCode).not.toBe(0)
  expect(said).not.toContain('Causeway cannot start')
  for (const secret of SECRETS) expect(said).not.toContain(secret)
})

test('development needs nothing, and its secrets follow from one secret', () => {
  const [one, again, other] = [Buffer.alloc(32, 1), Buffer.alloc(32, 1), Buffer.alloc(32, 2)].map((secret) =>
    readConfig({}, secret),
  )
  expect(one).toEqual(again)
  expect(one).toMatchObject({ production: false, sandbox: true, port: 3000, databaseUrl: null })
  expect(one?.encryptionKeys).not.toEqual(other?.encryptionKeys)
  expect(one?.highLevel.clients).not.toEqual(other?.highLevel.clients)
  expect(Buffer.from(one?.encryptionKeys[0]?.key ?? [])).not.toEqual(Buffer.from(one?.sessionKeys[0]?.key ?? []))
})

test('two developments know nothing of each other', () => {
  expect(readConfig({}).sessionKeys).not.toEqual(readConfig({}).sessionKeys)
})

test('what is read cannot be changed by accident', () => {
  const config = readConfig({})
  expect(() => Object.assign(config, { port: 1 })).toThrow(TypeError)
  expect(() => Object.assign(config.highLevel, { apiUrl: 'x' })).toThrow(TypeError)
})

test('a ring keeps its order: the first key is current', () => {
  const { encryptionKeys } = readConfig(COMPLETE)
  expect(encryptionKeys.map(({ kid, key: bytes }) => [kid, bytes.length])).toEqual([
    ['k1', 32],
    ['k0', 32],
  ])
})

const clientsOf = (ids: string, secrets: string) =>
  readConfig({ ...COMPLETE, HIGHLEVEL_CLIENT_ID: ids, HIGHLEVEL_CLIENT_SECRET: secrets }).highLevel.clients

test('client keys and their secrets go in pairs, and a single key may have several secrets', () => {
  expect(clientsOf('new, old', 'one, two')).toEqual([
    { id: 'new', secrets: ['one'] },
    { id: 'old', secrets: ['two'] },
  ])
  expect(clientsOf('only', 'new,old')).toEqual([{ id: 'only', secrets: ['new', 'old'] }])
  expect(clientsOf('new,old,new', 'one,two,three')).toEqual([
    { id: 'new', secrets: ['one', 'three'] },
    { id: 'old', secrets: ['two'] },
  ])
})
