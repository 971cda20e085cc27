import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmod, chown, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { findBinaries } from './embedded-binaries.ts'
import { isRoot, type ServerUser } from './embedded-user.ts'

/** Fills an empty folder with a password and the files of a database cluster that it opens. */
export async function initialiseCluster(folder: string, user: ServerUser): Promise<void> {
  const { initdb } = await findBinaries(user)
  if (isRoot()) await chmod(folder, 0o755)
  await mkdir(join(folder, 'data'), { mode: 0o700 })
  await writeFile(join(folder, 'password'), randomBytes(24).toString('base64url'), { mode: 0o600 })
  if (isRoot()) {
    await chown(join(folder, 'data'), user.uid, user.gid)
    await chown(join(folder, 'password'), user.uid, user.gid)
  }
  await run(initdb, initdbArguments(folder), user)
}

const initdbArguments = (folder: string): string[] => [
  `--pgdata=${join(folder, 'data')}`,
  `--pwfile=${join(folder, 'password')}`,
  '--username=postgres',
  '--auth=scram-sha-256',
  '--encoding=UTF8',
  '--locale=C',
  '--locale-provider=builtin',
  '--builtin-locale=C.UTF-8',
  '--no-instructions',
]

async function run(program: string, args: string[], user: ServerUser): Promise<void> {
  const child = spawn(program, args, {
    ...user,
    cwd: '/',
    env: { LC_ALL: 'C', TZ: 'UTC' },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const [complaint, [exitCode]] = await Promise.all([text(child.stderr), once(child, 'close')])
  if (exitCode !== 0) throw new Error(`Postgres could not create its database files: ${complaint.trim()}`)
}
