import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import pg from 'pg'
import { OperatorError } from '../lib/operator-error.ts'
import { refuseStrayedDump } from './refuse-strayed-dump.ts'
import type { ScratchDatabase } from './scratch-database.ts'

/** Where PostgreSQL's own programs are looked for, and what they are told beside: `PATH` and `PG…`. */
export type ProgramEnvironment = Record<string, string>

type Program = { name: 'pg_restore' | 'psql'; args: string[] }

/** Fills an empty database with what `pg_dump` wrote, in any of its formats. */
export async function restoreDump(
  scratch: ScratchDatabase,
  dump: string,
  environment: ProgramEnvironment,
): Promise<void> {
  const format = await formatOf(dump)
  if (format === 'plain') await refuseStrayedDump(dump)
  const program = programFor(format, resolve(dump), scratch.name)
  await refuseOlder(program, scratch.url, environment)
  const env = { ...environment, ...connectionOf(scratch.url), LC_ALL: 'C' }
  const { exitCode, complaint } = await run(program, env, scratch.signal)
  if (exitCode !== 0) {
    throw new OperatorError(`${program.name} could not restore ${dump}: ${firstError(complaint)}`)
  }
}

type Format = 'archive' | 'plain'

async function formatOf(dump: string): Promise<Format> {
  const found = await stat(dump).catch(() => undefined)
  if (!found) throw new OperatorError(`There is no ${dump}.`)
  if (found.isDirectory()) return 'archive'
  const file = await open(dump)
  const { buffer } = await file.read(Buffer.alloc(8), 0, 8, 0).finally(() => file.close())
  const start = buffer.toString('latin1')
  if (start.startsWith('PGDMP') || start.startsWith('toc.dat')) return 'archive'
  if (/^[\t\n\r -~]+/.test(start)) return 'plain'
  throw new OperatorError(`${dump} is not what pg_dump writes. If it is compressed or encrypted, undo that first.`)
}

const programFor = (format: Format, dump: string, database: string): Program =>
  format === 'archive'
    ? { name: 'pg_restore', args: ['--exit-on-error', '--no-owner', `--dbname=${database}`, dump] }
    : {
        name: 'psql',
        args: ['--no-psqlrc', '--quiet', '--set=ON_ERROR_STOP=1', `--dbname=${database}`, `--file=${dump}`],
      }

async function refuseOlder({ name }: Program, databaseUrl: string, environment: ProgramEnvironment): Promise<void> {
  // One after the other: nobody may still be connecting when a refusal drops the database.
  const said = await run({ name, args: ['--version'] }, environment)
  const server = await serverVersion(databaseUrl)
  const version = Number(/\s(\d+)[.\w]*/.exec(said.output)?.[1])
  if (version >= server) return
  throw new OperatorError(
    `${name} on the PATH is of PostgreSQL ${version}, the server of ${server}: ` +
      `put the client programs of PostgreSQL ${server} or newer first on the PATH.`,
  )
}

async function serverVersion(databaseUrl: string): Promise<number> {
  const client = new pg.Client({ connectionString: databaseUrl })
  client.on('error', () => {}) // the query rejects by itself
  await client.connect()
  try {
    const { rows } = await client.query("select current_setting('server_version_num')::int / 10000 as major")
    return rows[0].major
  } finally {
    await client.end()
  }
}

/** On a command line everybody on the machine could read the password. */
function connectionOf(url: string): Record<string, string> {
  const { host, port, user, password } = new pg.Client({ connectionString: url })
  const sslMode = new URL(url).searchParams.get('sslmode')
  return {
    PGHOST: host,
    PGPORT: String(port),
    ...(user && { PGUSER: user }),
    ...(password && { PGPASSWORD: password }),
    ...(sslMode && { PGSSLMODE: sslMode }),
  }
}

async function run(
  { name, args }: Program,
  env: Record<string, string>,
  signal?: AbortSignal,
): Promise<{ exitCode: number | null; output: string; complaint: string }> {
  const child = spawn(name, args, { env, stdio: ['ignore', 'pipe', 'pipe'], ...(signal && { signal }) })
  try {
    const [output, complaint, [exitCode]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close'),
    ])
    return { exitCode, output, complaint }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
    throw new OperatorError(`${name} is not on the PATH. It comes with PostgreSQL's client programs: install those.`)
  }
}

/** Without what follows it: the context may quote a row. */
const firstError = (complaint: string): string =>
  /(?:error|ERROR|fatal|FATAL):\s*([^\n]{1,300})/.exec(complaint)?.[1] ?? 'it did not say why'
