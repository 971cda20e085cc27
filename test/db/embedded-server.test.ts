import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { startEmbeddedServer } from '../../src/db/embedded-server.ts'
import { canReach, isRoot, type ServerUser } from '../../src/db/embedded-user.ts'
import { findTraces, hasEnded, listTraces, query, type ServerTraces } from './server-traces.ts'

const NOBODY: ServerUser = { uid: 65_534, gid: 65_534 }
const OWNER = fileURLToPath(new URL('./server-owner.ts', import.meta.url))
const folders: string[] = []

afterAll(() => folders.forEach((folder) => void rmSync(folder, { recursive: true, force: true })))

test('starts a PostgreSQL 18 that only its password opens, and leaves nothing', async () => {
  const server = await startEmbeddedServer({ settings: { work_mem: '7MB' } })
  const traces = await findTraces(server.url)
  const [row] = await query(server.url, SETTINGS)
  expect(row).toEqual({ version: '18', encoding: 'UTF8', timezone: 'UTC', max_connections: '200', work_mem: '7MB' })
  const stranger = new URL(server.url)
  stranger.password = 'guess'
  await expect(query(stranger.href, 'select 1')).rejects.toThrow('password authentication failed')
  await server.stop()
  await server.stop()
  expect(listTraces(traces)).toEqual([])
})

test('two at once do not get in each other’s way', async () => {
  const servers = await Promise.all([startEmbeddedServer(), startEmbeddedServer()])
  await Promise.all(servers.map(({ url }) => query(url, 'create table only_here (id int)')))
  await Promise.all(servers.map(({ stop }) => stop()))
})

test('a killed server comes back where it was, with what had been committed', async () => {
  const server = await startEmbeddedServer()
  await query(server.url, 'create table kept (id int)')
  const busy = query(server.url, 'select count(*) from generate_series(1, 1e12)')
  const broken = expect(busy).rejects.toThrow()
  server.kill()
  await server.restart()
  expect(await query(server.url, 'select * from kept')).toEqual([])
  await broken
  const traces = await findTraces(server.url)
  server.kill()
  await server.stop()
  expect(listTraces(traces)).toEqual([])
})

test('a setting Postgres does not know is reported in its words', async () => {
  await expect(startEmbeddedServer({ settings: { no_such_setting: '1' } })).rejects.toThrow('"no_such_setting"')
})

describe('with a folder for the data', () => {
  test('a later start finds it, with the same password', async () => {
    const dataDir = join(newFolder(), 'not', 'there', 'yet')
    const first = await startEmbeddedServer({ dataDir })
    await query(first.url, 'create table kept (id int)')
    await first.stop()
    expect(statSync(join(dataDir, 'password')).mode & 0o777).toBe(0o600)
    const second = await startEmbeddedServer({ dataDir })
    expect(await query(second.url, 'select * from kept')).toEqual([])
    expect(new URL(second.url).password).toBe(new URL(first.url).password)
    await second.stop()
  })

  test('a second server on it is refused with advice, and the first goes on', async () => {
    const dataDir = newFolder()
    const server = await startEmbeddedServer({ dataDir })
    const { postmaster } = await findTraces(server.url)
    await expect(startEmbeddedServer({ dataDir })).rejects.toThrow(`kill -INT ${postmaster}`)
    expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }])
    await server.stop()
  })

  test('a start after a power cut works, even when the process number has gone to another program', async () => {
    const dataDir = newFolder()
    const server = await startEmbeddedServer({ dataDir })
    await query(server.url, 'create table kept (id int)')
    const traces = await findTraces(server.url)
    process.kill(traces.guard, 'SIGKILL')
    process.kill(traces.postmaster, 'SIGKILL')
    await expect.poll(() => hasEnded(traces.postmaster)).toBe(true)
    nameInLockFile(dataDir, process.pid)
    const again = await startEmbeddedServer({ dataDir })
    expect(await query(again.url, 'select * from kept')).toEqual([])
    await again.stop()
  })

  test('a folder with other things in it is left alone', async () => {
    const dataDir = newFolder()
    writeFileSync(join(dataDir, 'letter.txt'), 'Dear Sir')
    await expect(startEmbeddedServer({ dataDir })).rejects.toThrow('choose another folder')
    expect(readFileSync(join(dataDir, 'letter.txt'), 'utf8')).toBe('Dear Sir')
  })

  test('a link to data that is gone is replaced', async () => {
    const dataDir = join(newFolder(), 'data')
    symlinkSync('/no/such/folder', dataDir)
    const server = await startEmbeddedServer({ dataDir })
    await server.stop()
    await expect(server.restart()).rejects.toThrow('has been stopped')
  })

  test('beneath a folder only root may enter, the data goes where Postgres may', async (context) => {
    if (!isRoot()) context.skip('only root lends the server another user')
    const closed = newFolder()
    chmodSync(closed, 0o700)
    const dataDir = join(closed, 'data')
    const server = await startEmbeddedServer({ dataDir })
    folders.push(realpathSync(dataDir))
    await query(server.url, 'create table kept (id int)')
    await server.stop()
    const again = await startEmbeddedServer({ dataDir })
    expect(await query(again.url, 'select * from kept')).toEqual([])
    await again.stop()
  })
})

describe.each(['this user', 'an ordinary user'])('owned by a process of %s', (who) => {
  test.for([
    { how: 'killed', signal: 'SIGKILL', group: false },
    { how: 'killed with its whole group', signal: 'SIGKILL', group: true },
    { how: 'interrupted with its whole group', signal: 'SIGINT', group: true },
  ])('that is $how, nothing is left', async ({ signal, group }, context) => {
    const user = who === 'an ordinary user' ? NOBODY : undefined
    if (user && !isRoot()) context.skip('only root can become an ordinary user')
    if (user && !canRun(user)) context.skip('an ordinary user cannot reach this checkout')
    const { pid, traces } = await startOwner(user)
    if (user) expect(statSync(traces.folder).uid).toBe(user.uid)
    process.kill(group ? -pid : pid, signal)
    await expect.poll(() => listTraces(traces), { timeout: 8_000 }).toEqual([])
  })
})

const SETTINGS = `
  select current_setting('server_version_num')::int / 10000 || '' as version,
    current_setting('server_encoding') as encoding, current_setting('timezone') as timezone,
    current_setting('max_connections') as max_connections, current_setting('work_mem') as work_mem`

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'causeway-test-'))
  chmodSync(folder, 0o755)
  folders.push(folder)
  return folder
}

function nameInLockFile(dataDir: string, pid: number): void {
  const path = join(dataDir, 'data', 'postmaster.pid')
  writeFileSync(path, readFileSync(path, 'utf8').replace(/^\d+/, String(pid)))
}

const canRun = (user: ServerUser): boolean =>
  canReach(user, dirname(process.execPath)) && canReach(user, dirname(OWNER))

/** In a group of its own, as a shell would start it. */
async function startOwner(user: ServerUser | undefined): Promise<{ pid: number; traces: ServerTraces }> {
  const owner = spawn(process.execPath, [OWNER], { ...user, detached: true, stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void owner.kill('SIGKILL'))
  const [url] = await once(owner.stdout, 'data')
  return { pid: owner.pid ?? 0, traces: await findTraces(String(url).trim()) }
}
