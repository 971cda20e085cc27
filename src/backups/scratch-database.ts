import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { OperatorError } from '../lib/operator-error.ts'

export type ScratchDatabase = {
  url: string
  name: string
  /** Aborted when the operator wants no more of it. */
  signal: AbortSignal
}

const PREFIX = 'causeway_scratch_'
const INSUFFICIENT_PRIVILEGE = '42501'

/**
 * Lends an empty database beside another one, on the same server, for as long as the work takes. It is dropped whatever
 * came of the work, also on Ctrl-C; one whose process was killed is dropped by the next.
 */
export async function inScratchDatabase<T>(
  besideUrl: string,
  work: (scratch: ScratchDatabase) => Promise<T>,
): Promise<T> {
  const name = `${PREFIX}${randomBytes(8).toString('hex')}`
  const session = await connect(besideUrl, name)
  const interruption = watchForInterruption()
  try {
    await dropLeftovers(session)
    await create(session, name)
    const url = new URL(besideUrl)
    url.pathname = `/${name}`
    return await Promise.race([work({ url: url.href, name, signal: interruption.signal }), interruption.happened])
  } finally {
    await drop(besideUrl, name)
    interruption.stopWatching()
    await session.end()
  }
}

/** Its name tells others that the scratch database of that name is in use. */
async function connect(url: string, name: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: name })
  client.on('error', () => {}) // whoever uses it next is told
  await client.connect()
  return client
}

async function create(session: pg.Client, name: string): Promise<void> {
  try {
    await session.query(`create database ${name} template template0`)
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || error.code !== INSUFFICIENT_PRIVILEGE) throw error
    throw new OperatorError(
      'The login role of DATABASE_URL may not create a scratch database. Give it the right to: ALTER ROLE … CREATEDB.',
    )
  }
}

async function dropLeftovers(session: pg.Client): Promise<void> {
  const { rows } = await session.query(
    `select d.datname as name from pg_database d where starts_with(d.datname, $1)
     and not exists (select from pg_stat_activity a where a.application_name = d.datname)`,
    [PREFIX],
  )
  for (const { name } of rows) await session.query(`drop database if exists ${name} with (force)`)
}

async function drop(besideUrl: string, name: string): Promise<void> {
  const client = await connect(besideUrl, 'causeway cli')
  await client.query(`drop database if exists ${name} with (force)`).finally(() => client.end())
}

function watchForInterruption() {
  const interruption = new AbortController()
  const interrupt = (): void => interruption.abort()
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt)
  const happened = new Promise<never>((_, reject) => {
    interruption.signal.addEventListener('abort', () => reject(new OperatorError('Interrupted.')))
  })
  happened.catch(() => {})
  return {
    signal: interruption.signal,
    happened,
    stopWatching: () => void process.off('SIGINT', interrupt).off('SIGTERM', interrupt),
  }
}
