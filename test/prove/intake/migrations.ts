import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { urlOfDatabase } from '../../support/test-run.ts'
import { untilSettled } from '../check-deliveries.ts'
import { type Finding, none, shown } from '../finding.ts'
import type { Ground } from '../ground.ts'
import { startOpenLoop } from '../open-loop.ts'
import type { Part } from '../part.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const PRELOAD = new URL('../named-point.ts', import.meta.url)
const RATE = 50
const NEVER = 1e9

/** `migrate` killed at a statement of the seed's choosing, then run by two at once, beside the same never disturbed. */
export const migrations: Part = {
  about: 'migrate killed half-way, run by two at once, run while deliveries come [--steps 6]',
  prove: async (ground, sizes) => {
    const reference = await createDatabase(ground, 'undisturbed')
    const undisturbed = await migrate(ground, reference, NEVER)
    const statements = Number(/statements (\d+)/.exec(undisturbed.said)?.[1])
    const expected = await describe(reference)
    const found = { alive: 0, refused: 0, different: 0 }
    for (let step = 0; step < sizes.steps; step++) {
      const url = await createDatabase(ground, `step_${step}`)
      const at = stepOf(ground, step, sizes.steps, statements)
      if ((await migrate(ground, url, at)).signal !== 'SIGKILL') found.alive++
      const both = await Promise.all([migrate(ground, url), migrate(ground, url)])
      found.refused += both.filter(({ code }) => code !== 0).length
      if ((await describe(url)) !== expected) found.different++
      ground.say(`killed at statement ${at} of ${statements}, then migrated by two at once`)
    }
    return [
      none('A10', 'undisturbed migrations that failed', undisturbed.code === 0 ? 0 : 1),
      shown('A10', 'statements of a migration from nothing', statements),
      shown('A10', 'migrations killed half-way', sizes.steps),
      none('A10', 'that were over before they could be killed', found.alive),
      none('A10', 'later migrations, two at once, that failed', found.refused),
      none('A10', 'databases that came out different', found.different),
      ...(await migrateUnderLoad(ground)),
    ]
  },
}

/** One in each stretch of the statements, so that together they cover all of them. */
function stepOf({ random }: Ground, step: number, steps: number, statements: number): number {
  const stretch = statements / steps
  return Math.max(1, Math.min(statements - 1, Math.floor((step + random.next()) * stretch)))
}

async function createDatabase({ postgres }: Ground, name: string): Promise<string> {
  const client = new pg.Client({ connectionString: postgres.url })
  await client.connect()
  await client.query(`create database prove_${name}`).finally(() => client.end())
  return urlOfDatabase(postgres.url, `prove_${name}`)
}

type Ended = { code: number | null; signal: NodeJS.Signals | null; said: string }

async function migrate({ environment }: Ground, databaseUrl: string, killedAt?: number): Promise<Ended> {
  const preload = killedAt === undefined ? [] : ['--import', PRELOAD.href]
  const child = spawn(process.execPath, [...preload, 'src/cli.ts', 'migrate'], {
    cwd: ROOT,
    env: { ...environment, DATABASE_URL: databaseUrl, PROVE_POINT: `statement:${killedAt}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text: Buffer) => {
      said += text
    })
  }
  const [code, signal] = await once(child, 'close')
  return { code, signal, said }
}

/** Everything of the schema that is ours or pg-boss's, as text. */
async function describe(databaseUrl: string): Promise<string> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    const { rows } = await client.query(DESCRIBE)
    return rows.map((row) => row.line).join('\n')
  } finally {
    await client.end()
  }
}

const DESCRIBE = `
with things as (
  select 'column ' || table_schema || '.' || table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable
    || ' ' || coalesce(column_default, '') as line
  from information_schema.columns where table_schema in ('public', 'pgboss')
  union all
  select 'index ' || indexdef from pg_indexes where schemaname in ('public', 'pgboss')
  union all
  select 'constraint ' || conrelid::regclass || ' ' || pg_get_constraintdef(oid) from pg_constraint
  where connamespace in ('public'::regnamespace, 'pgboss'::regnamespace) and conrelid <> 0
  union all
  select 'policy ' || schemaname || '.' || tablename || ' ' || policyname || ' ' || coalesce(qual, '') from pg_policies
  union all
  select 'grant ' || table_schema || '.' || table_name || ' ' || grantee || ' ' || privilege_type
  from information_schema.role_table_grants where table_schema in ('public', 'pgboss')
  union all
  select 'queue ' || name || ' ' || policy || ' ' || coalesce(retry_limit::text, '') from pgboss.queue
)
select line from things order by line`

/** What runs goes on while others migrate: the same database, over and over. */
async function migrateUnderLoad(ground: Ground): Promise<Finding[]> {
  const web = await ground.start('server')
  const worker = await ground.start('worker')
  const { locationId } = await ground.openTenant()
  const load = startOpenLoop({
    random: ground.random,
    rate: RATE,
    next: () => ground.event(locationId, { type: 'InvoiceSent', id: 'someInvoice' }),
    pickUrl: () => web.url,
  })
  await sleep(500)
  const ended = []
  for (let turn = 0; turn < 2; turn++) ended.push(await migrate(ground, ground.postgres.url))
  await load.stop()
  const left = await untilSettled(ground.sql)
  await worker.stop()
  return [
    none('A10', 'migrations under load that failed', ended.filter(({ code }) => code !== 0).length),
    shown('A10', 'deliveries answered meanwhile', load.answers.length),
    none('A10', 'answers other than 200', load.answers.filter(({ status }) => status !== 200).length),
    none('A10', 'deliveries not settled', left),
  ]
}
