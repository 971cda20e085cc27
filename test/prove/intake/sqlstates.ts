import { Agent } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { untilSettled } from '../check-deliveries.ts'
import { atMost, type Finding, inSeconds, none, shown } from '../finding.ts'
import type { Ground } from '../ground.ts'
import type { Part } from '../part.ts'
import { type Answer, post } from '../sender.ts'

const INJECTED = { '40001': 'serialization failure', '40P01': 'deadlock' }
const TABLES = { delivery_ids: 'while storing', runs: 'while working', deliveries: 'while settling' }
const TIMES = 5
const DELIVERIES = 12
const LONGEST_MS = 60_000

/** Postgres refuses a statement for a moment, or all writing: a server that took over and is still read-only. */
export const sqlstates: Part = {
  about: '40001 and 40P01 raised by Postgres itself; every connection led to a read-only server [--seconds 15]',
  prove: async (ground, sizes) => {
    const web = await ground.start('server')
    await ground.start('worker')
    const { locationId, addContact } = await ground.openTenant()
    const contacts: string[] = []
    for (let index = 0; index < DELIVERIES; index++) contacts.push(await addContact(`sqlstate-${index}@example.com`))
    const agent = new Agent({ keepAlive: true })
    const sendAll = (): Promise<Answer[]> =>
      Promise.all(contacts.map((id) => post(agent, web.url, ground.event(locationId, { type: 'ContactUpdate', id }))))

    const findings: Finding[] = []
    for (const [code, name] of Object.entries(INJECTED)) {
      for (const [table, moment] of Object.entries(TABLES)) {
        await raise(ground, code, table)
        const answers = await sendAll()
        const left = await untilSettled(ground.sql, LONGEST_MS)
        findings.push(
          shown('A9', `${code}, a ${name} ${moment}: raised`, await stopRaising(ground, table)),
          none('A9', `${code} ${moment}: answers that are neither 200 nor 429`, answers.filter(isOdd).length),
          none('A9', `${code} ${moment}: deliveries not settled`, left),
        )
      }
    }
    findings.push(...(await takeOver(ground, sendAll, sizes.seconds)))
    const [dead] = await ground.sql('deliveries').where({ state: 'dead' }).count()
    return [
      ...findings,
      none('A9', 'deliveries dead', Number(dead?.count)),
      none('A9', 'processes that ended by themselves', ground.crashes().length),
    ]
  },
}

const isOdd = ({ status }: Answer): boolean => status !== 200 && status !== 429

/** The next statements that write to the table fail; a sequence counts on when they are rolled back. */
async function raise({ sql }: Ground, code: string, table: string): Promise<void> {
  await sql.raw(`
    set local role none;
    create sequence prove_raised;
    grant usage, select on sequence prove_raised to public;
    create function prove_raise() returns trigger language plpgsql as $$
    begin
      if nextval('prove_raised') <= ${TIMES} then raise exception 'injected' using errcode = '${code}'; end if;
      return null;
    end $$;
    create trigger prove_raise before insert or update on ${table} for each statement execute function prove_raise();`)
}

async function stopRaising({ sql }: Ground, table: string): Promise<number> {
  const { rows } = await sql.raw('select least(last_value, ?) as raised from prove_raised where is_called', [TIMES])
  await sql.raw(`
    set local role none;
    drop trigger prove_raise on ${table};
    drop function prove_raise;
    drop sequence prove_raised;`)
  return Number(rows[0]?.raised ?? 0)
}

/**
 * Connections end and new ones come to a server that does not write; when it does again, connections made meanwhile stay
 * read-only for as long as they live, as after a failover to a name that first led to a replica.
 */
async function takeOver(ground: Ground, sendAll: () => Promise<Answer[]>, seconds: number): Promise<Finding[]> {
  await onServer(ground, 'on')
  const answers: Answer[] = []
  for (const until = Date.now() + (seconds * 1000) / 3; Date.now() < until; await sleep(200)) {
    answers.push(...(await sendAll()))
  }
  await onServer(ground, 'off', false)
  const backAt = performance.now()
  while ((await sendAll()).some(({ status }) => status !== 200) && performance.now() - backAt < LONGEST_MS) {
    await sleep(100)
  }
  const storedMs = performance.now() - backAt
  const left = await untilSettled(ground.sql, LONGEST_MS)
  const settledMs = performance.now() - backAt
  return [
    shown('A9', '25006, a read-only server: answers 429', answers.filter(({ status }) => status === 429).length),
    none('A9', '25006: answers that are neither 200 nor 429', answers.filter(isOdd).length),
    atMost('A9', '25006: it writes again, and all deliveries are stored', inSeconds(storedMs), 2),
    atMost('A9', '25006: it writes again, and all deliveries are settled', inSeconds(settledMs), 20),
    none('A9', '25006: deliveries not settled', left),
  ]
}

async function onServer({ sql }: Ground, readOnly: 'on' | 'off', endingConnections = true): Promise<void> {
  await sql.raw(`
    set local transaction_read_only = off;
    set local role none;
    alter database postgres set default_transaction_read_only = ${readOnly};`)
  if (!endingConnections) return
  await sql.raw(`
    set local role none;
    select pg_terminate_backend(pid) from pg_stat_activity
    where application_name ~ '^causeway' and application_name <> 'causeway test' and pid <> pg_backend_pid()`)
}
