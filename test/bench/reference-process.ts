import { createPublicKey, verify } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import express from 'express'
import pg from 'pg'
import { PgBoss } from 'pg-boss'
import { createGroupCommit } from '../../src/lib/group-commit.ts'
import { answerParent } from './helper-process.ts'

/**
 * What a durable receiver takes at best: Express and Ed25519, then an inbox row and a pg-boss job of its own for each, many
 * in one transaction. Nothing is sealed, nobody is told apart, and nothing is refused.
 */
const actions = {
  listen: async ({ publicKeyPem, databaseUrl }: { publicKeyPem: string; databaseUrl: string }): Promise<number> => {
    const key = createPublicKey(publicKeyPem)
    const pool = new pg.Pool({ connectionString: databaseUrl, max: 3 })
    const boss = new PgBoss({ connectionString: databaseUrl, schema: 'bench_boss', supervise: false, schedule: false })
    await boss.start()
    await boss.createQueue('take')
    await pool.query(
      'create table bench_inbox (id text primary key, received_at timestamptz not null, body bytea not null)',
    )
    const store = createGroupCommit<{ id: string; body: Buffer }, undefined>({
      lanes: 2,
      most: 200,
      waiting: 5000,
      isItemFault: () => false,
      commit: (items) => commit(pool, boss, items),
    })
    const app = express()
    app.post('/webhooks/highlevel', express.raw({ type: () => true }), async (request, response) => {
      const signature = Buffer.from(request.get('x-ghl-signature') ?? '', 'base64')
      if (!(await promisify(verify)(null, request.body, key, signature))) return void response.sendStatus(401)
      await store({ id: JSON.parse(request.body.toString()).webhookId, body: request.body })
      response.sendStatus(200)
    })
    const server = createServer(app)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return (server.address() as AddressInfo).port
  },
}

export type ReferenceActions = typeof actions

async function commit(pool: pg.Pool, boss: PgBoss, items: { id: string; body: Buffer }[]): Promise<undefined[]> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    await client.query({
      name: 'inbox',
      text: `insert into bench_inbox select id, now(), body from unnest($1::text[], $2::bytea[]) as t(id, body)
             on conflict do nothing`,
      values: [items.map(({ id }) => id), items.map(({ body }) => body)],
    })
    const db = { executeSql: (text: string, values?: unknown[]) => client.query(text, values) }
    const jobs = items.map(({ id }) => ({ data: { id } }))
    await boss.insert('take', jobs, { db, returnId: false })
    await client.query('commit')
  } finally {
    client.release()
  }
  return items.map(() => undefined)
}

answerParent(actions)
