import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { companyTenantId } from '../../src/tenants/tenant-id.ts'
import { type Line, startLine } from '../support/line.ts'
import { accountOf, becomes, installed, statusOf } from '../tenants/installed.ts'
import { runCommand } from './run-command.ts'

let line: Line
let folder: string

beforeAll(async () => {
  line = await startLine()
  folder = await mkdtemp(join(tmpdir(), 'causeway-leaving-'))
})

afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
  await line?.close()
})

const run = (...args: string[]) => runCommand(line, ...args)

/** What was asked for; who was first to carry it out, this command or the platform's news of it, is a matter of luck. */
const lastWish = (tenantId: string) =>
  line.database.system
    .sql('audit_entries')
    .where({ tenant_id: tenantId, action: 'installation.leave_asked' })
    .orderBy('seq', 'desc')
    .first('actor_kind', 'actor_id', 'details')

const isListed = (locationId: string): boolean =>
  line.highLevel.control.installs().some((install) => install.locationId === locationId)

test('an operator uninstalls, exports, purges, and has the certificate checked', async () => {
  const { tenantId, locationId } = await installed(line, 0)
  expect(await run('purge', locationId, '--reason', 'too early')).toMatchObject({
    code: 1,
    err: expect.stringMatching(/Uninstall it first/),
  })

  const left = await run('uninstall', locationId, '--reason', 'asked for by mail')
  expect(left).toEqual({ code: 0, out: `Uninstalled: tenant ${tenantId}.\n`, err: '' })
  expect(isListed(locationId)).toBe(false)
  expect(await lastWish(tenantId)).toEqual({
    actor_kind: 'operator',
    actor_id: userInfo().username,
    details: { reason: 'asked for by mail', erase: false },
  })

  const file = join(folder, 'export.ndjson')
  expect(await run('export', tenantId, file)).toMatchObject({ code: 0 })
  expect(await readFile(file, 'utf8')).toMatch(/\n\{"kind":"end","records":\d+\}\n$/)

  const purged = await run('purge', tenantId, '--reason', 'erasure')
  expect(purged).toMatchObject({ code: 0, err: '' })
  expect((await run('certificate', locationId)).out).toBe(purged.out)
  const certificate = join(folder, 'certificate')
  await writeFile(certificate, purged.out)
  const verified = await run('verify-certificate', certificate)
  expect(verified).toMatchObject({ code: 0, out: expect.stringMatching(/^Genuine, by the master key "test"\.\n/) })
  expect(verified.out).toContain(tenantId)
  expect(await run('export', tenantId, join(folder, 'late'))).toMatchObject({
    code: 1,
    err: expect.stringMatching(/has been deleted/),
  })
}, 60_000)

test('with a token that is dead, or with none, it is uninstalled here, and the command says what is left', async () => {
  const { tenantId, locationId } = await installed(line, 1)
  line.highLevel.control.revokeTokens({ locationId })
  const left = await run('uninstall', tenantId, '--reason', 'gone', '--erase')
  expect(left).toMatchObject({ code: 0, out: expect.stringMatching(/still listed there/) })
  expect(await lastWish(tenantId)).toMatchObject({ details: { reason: 'gone', erase: true } })
  const certificates = () => line.database.system.sql('deletion_certificates').where({ tenant_id: tenantId })
  for (let left = 400; (await certificates())[0]?.certificate == null; left -= 1) {
    expect(left).toBeGreaterThan(0)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  expect(await run('uninstall', tenantId, '--reason', 'again')).toMatchObject({
    code: 1,
    err: expect.stringMatching(/uninstalled there already/),
  })
}, 60_000)

test('a company is asked about twice, and takes its locations with it', async () => {
  const { companyId, tenantId, locationId } = accountOf(line, 2)
  await fetch(line.highLevel.control.installCompany(companyId))
  await becomes(line, tenantId, 'active')
  expect(await run('uninstall', companyId, '--reason', 'all')).toMatchObject({
    code: 1,
    err: expect.stringMatching(/--yes/),
  })
  expect(isListed(locationId)).toBe(true)
  expect(await run('uninstall', companyId, '--reason', 'all', '--yes')).toMatchObject({ code: 0, err: '' })
  expect(line.highLevel.control.installs().filter((install) => install.companyId === companyId)).toEqual([])
  expect(await statusOf(line, tenantId)).toBe('uninstalled')
  expect(await statusOf(line, companyTenantId(line.config.highLevel.appId, companyId))).toBe('uninstalled')
  const company = companyTenantId(line.config.highLevel.appId, companyId)
  expect(await lastWish(company)).toMatchObject({ actor_kind: 'operator', details: { reason: 'all' } })
}, 60_000)

test.each([
  ['nobody it knows', ['uninstall', 'NoSuchLocation', '--reason', 'x'], /No tenant, location or company is known/],
  ['no reason', ['purge', 'NoSuchLocation', '--reason', ''], /Say why/],
  ['an option it does not know', ['uninstall', 'x', '--reason', 'y', '--now'], /Unknown option '--now'/],
])(
  'a command that is given %s says so',
  async (_name, args, sentence) => {
    expect(await run(...args)).toMatchObject({ code: 1, out: '', err: expect.stringMatching(sentence) })
  },
  60_000,
)
