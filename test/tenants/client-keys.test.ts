import { afterAll, beforeAll, expect, test } from 'vitest'
import { composeWorker, type Worker } from '../../src/compose/worker.ts'
import { readConfig } from '../../src/config.ts'
import { createLogger } from '../../src/lib/logger.ts'
import { type Line, startLine } from '../support/line.ts'
import { answerTo, expire, type Installed, installed, statusOf } from './installed.ts'

let line: Line
const workers: Worker[] = []

beforeAll(async () => {
  line = await startLine()
})
afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.stop(1000)))
  await line?.close()
})

/** The product started again with other client keys. */
function configured(clientIds: string[], secrets: string[]): Worker {
  const settings = { HIGHLEVEL_CLIENT_ID: clientIds.join(','), HIGHLEVEL_CLIENT_SECRET: secrets.join(',') }
  const config = readConfig({ ...line.environment, ...settings })
  const worker = composeWorker({ config, databaseUrl: line.databaseUrl, log: createLogger({ level: 'silent' }) })
  workers.push(worker)
  return worker
}

const current = () => {
  const [client] = line.config.highLevel.clients
  return { id: String(client?.id), secret: String(client?.secrets[0]) }
}

async function renewedBy(worker: Worker, account: Installed): Promise<number> {
  await expire(line, account)
  return answerTo(line, await worker.accessTokens.getAccessToken(account.tenantId), account.locationId)
}

const clientOf = async ({ tenantId }: Installed): Promise<string | null> =>
  (await line.database.system.sql('installation_tokens').where({ tenant_id: tenantId }).first('client_id')).client_id

test('a pair says which client key obtained it', async () => {
  const account = await installed(line, 0)
  expect(await clientOf(account)).toBe(current().id)
})

test('after a new client key is configured, old pairs are renewed with the old one, which is remembered', async () => {
  const account = await installed(line, 1)
  const { id, secret } = current()
  const added = line.highLevel.control.addClientKey()
  const worker = configured([added.clientId, id], [added.clientSecret, secret])
  expect(await renewedBy(worker, account)).toBe(200)
  expect(await clientOf(account)).toBe(id)
  expect(await statusOf(line, account.tenantId)).toBe('active')
})

test('a pair of which nobody knows the client key finds it', async () => {
  const account = await installed(line, 1)
  const { id, secret } = current()
  await line.database.system
    .sql('installation_tokens')
    .where({ tenant_id: account.tenantId })
    .update({ client_id: null })
  const added = line.highLevel.control.addClientKey()
  expect(await renewedBy(configured([added.clientId, id], [added.clientSecret, secret]), account)).toBe(200)
  expect(await clientOf(account)).toBe(id)
})

test('a secret is changed without a moment in which nothing is renewed', async () => {
  const account = await installed(line, 2)
  const { id, secret } = current()
  expect(await renewedBy(configured([id], ['not accepted yet', secret]), account)).toBe(200)
  const next = line.highLevel.control.addClientSecret(id)
  expect(await renewedBy(configured([id], [next, secret]), account)).toBe(200)
  expect(await renewedBy(configured([id], ['no longer accepted', next]), account)).toBe(200)
})

test('a client key that HighLevel no longer accepts is the operator’s trouble, and no installation’s', async () => {
  const account = await installed(line, 3)
  const { id, secret } = current()
  const both = configured([id], [`not ${secret}`])
  await expire(line, account)
  await expect(both.accessTokens.getAccessToken(account.tenantId)).rejects.toMatchObject({ heals: true })
  expect(await statusOf(line, account.tenantId)).toBe('active')
})
