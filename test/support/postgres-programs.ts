import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chownSync, existsSync, readdirSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPostmaster } from '../../src/db/embedded-postmaster.ts'
import { findServerUser, isRoot } from '../../src/db/embedded-user.ts'

/** Debian's place for each version of PostgreSQL. */
const PLACE = '/usr/lib/postgresql'
const NEEDED = ['initdb', 'postgres', 'pg_dump', 'pg_restore', 'psql']

/** The folder of a PostgreSQL with all its programs, the newest one; undefined where none is installed. */
export function findPostgresPrograms(): string | undefined {
  const versions = existsSync(PLACE) ? readdirSync(PLACE).sort((one, other) => Number(other) - Number(one)) : []
  return versions
    .map((version) => join(PLACE, version, 'bin'))
    .find((bin) => NEEDED.every((program) => existsSync(join(bin, program))))
}

export type InstalledServer = { url: string; stop(): Promise<void> }

/** A server of the machine's own PostgreSQL, on a loopback port and in a temporary folder. */
export async function startInstalledServer(bin: string): Promise<InstalledServer> {
  const user = findServerUser()
  const folder = await mkdtemp(join(tmpdir(), 'causeway-installed-postgres-'))
  const data = join(folder, 'data')
  const password = randomBytes(18).toString('base64url')
  await chmod(folder, 0o755)
  await mkdir(data, { mode: 0o700 })
  await writeFile(join(folder, 'password'), password, { mode: 0o644 })
  if (isRoot()) chownSync(data, user.uid, user.gid)
  const made = spawnSync(
    join(bin, 'initdb'),
    [
      `--pgdata=${data}`,
      `--pwfile=${join(folder, 'password')}`,
      '--username=postgres',
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
    ],
    { ...user, cwd: '/', env: { LC_ALL: 'C', TZ: 'UTC' }, encoding: 'utf8' },
  )
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`)
  const binaries = { initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres') }
  const cluster = {
    name: `causeway-test-${randomBytes(4).toString('hex')}`,
    folder,
    data,
    password,
    user,
    binaries,
    isTemporary: true,
  }
  const postmaster = await startPostmaster({ cluster, settings: { fsync: 'off' } })
  return {
    url: `postgres://postgres:${password}@127.0.0.1:${postmaster.port}/postgres`,
    stop: async () => {
      await postmaster.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
