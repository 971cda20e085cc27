import { createPrivateKey, type KeyObject, randomUUID, sign } from 'node:crypto'
import pg from 'pg'
import { monotonic } from './clock.ts'
import { answerParent } from './helper-process.ts'
import { openWire, type Wire } from './wire.ts'

/** Whom the webhooks are for, and what signs them. */
export type Senders = { privateKeyPem: string; appId: string; locations: string[]; bodyBytes: number }

/** `statuses` counts the answers; 0 stands for none. */
export type Sent = { statuses: Record<string, number>; milliseconds: number }
/** Milliseconds from when each was due to its answer. */
export type Timed = Sent & { latencies: number[] }

const MAX_CONNECTIONS = 512
const HEAD_START_MS = 50

let key: KeyObject
let senders: Senders
/** Signed ahead of time: signing would be measured as well. */
const ready: Buffer[] = []

const actions = {
  begin: (given: Senders): void => {
    senders = given
    key = createPrivateKey(given.privateKeyPem)
  },
  /** Signs so many webhooks with ids of their own. */
  prepare: ({ count }: { count: number }): void => {
    ready.length = 0
    while (ready.length < count) ready.push(webhook())
  },
  /** So many connections, each with the next webhook as soon as the one before is answered; over `again` where that is all one. */
  closedLoop: async (load: { port: number; connections: number; forMs: number; again: boolean }): Promise<Sent> => {
    let sent = 0
    const statuses: Record<string, number> = {}
    const wires = await Promise.all(Array.from({ length: load.connections }, () => openWire(load.port)))
    const begun = monotonic()
    await Promise.all(
      wires.map(async (wire) => {
        while (monotonic() - begun < load.forMs) {
          const next = load.again ? ready[sent++ % ready.length] : ready.pop()
          if (!next) throw new Error('Too few webhooks were prepared.')
          note(statuses, await wire.send(next))
        }
        wire.close()
      }),
    )
    return { statuses, milliseconds: monotonic() - begun }
  },
  /** Each when it is due, whatever became of those before. */
  openLoop: async ({ port, times }: { port: number; times: number[] }): Promise<Timed> => {
    const statuses: Record<string, number> = {}
    const idle: Wire[] = await Promise.all(Array.from({ length: 20 }, () => openWire(port)))
    let open = idle.length
    const latencies: number[] = []
    const start = monotonic() + HEAD_START_MS
    const one = async (due: number): Promise<void> => {
      const request = ready.pop()
      if (!request) throw new Error('Too few webhooks were prepared.')
      const wire = idle.pop() ?? (open++ < MAX_CONNECTIONS ? await openWire(port) : undefined)
      const status = wire ? await wire.send(request).catch(() => 0) : 0
      latencies.push(monotonic() - due)
      note(statuses, status)
      if (wire && status) idle.push(wire)
      else open--
    }
    await onSchedule(times, (at) => one(start + at), start)
    for (const wire of idle) wire.close()
    return { statuses, latencies, milliseconds: monotonic() - start }
  },
  /** Posts without a signature, as many a second as asked, if the machine can. */
  flood: async (load: { port: number; rate: number; connections: number; forMs: number }): Promise<Sent> => {
    const statuses: Record<string, number> = {}
    const request = requestOf(Buffer.alloc(1024, 'x'))
    const wires = await Promise.all(Array.from({ length: load.connections }, () => openWire(load.port)))
    const begun = monotonic()
    let sent = 0
    const lane = async (wire: Wire): Promise<void> => {
      for (let now = monotonic(); now - begun < load.forMs; now = monotonic()) {
        if (sent < ((now - begun) * load.rate) / 1000) {
          sent++
          note(statuses, await wire.send(request))
        } else await new Promise((resolve) => setTimeout(resolve, 1))
      }
      wire.close()
    }
    await Promise.all(wires.map(lane))
    return { statuses, milliseconds: monotonic() - begun }
  },
  /** Rows a second that so many connections insert and commit, so many in a statement. */
  insertRate: async (load: { url: string; rows: number; lanes: number; forMs: number }): Promise<number> => {
    const pool = new pg.Pool({ connectionString: load.url, max: load.lanes })
    await pool.query(`create table if not exists bench_rows (id uuid primary key, body bytea not null)`)
    const body = Buffer.alloc(senders.bodyBytes, 7)
    const begun = monotonic()
    let inserted = 0
    const lane = async (): Promise<void> => {
      while (monotonic() - begun < load.forMs) {
        const ids = Array.from({ length: load.rows }, () => randomUUID())
        await pool.query({
          name: 'insert',
          text: 'insert into bench_rows select id, $2 from unnest($1::uuid[]) as t(id)',
          values: [ids, body],
        })
        inserted += load.rows
      }
    }
    await Promise.all(Array.from({ length: load.lanes }, lane))
    const rate = (inserted * 1000) / (monotonic() - begun)
    await pool.query('drop table bench_rows')
    await pool.end()
    return rate
  },
}

export type DoorLoadActions = typeof actions

const note = (statuses: Record<string, number>, status: number): void => {
  statuses[status] = (statuses[status] ?? 0) + 1
}

let made = 0

function webhook(): Buffer {
  const event = {
    type: 'ContactUpdate',
    locationId: senders.locations[made++ % senders.locations.length],
    appId: senders.appId,
    versionId: senders.appId,
    webhookId: randomUUID(),
    timestamp: new Date().toISOString(),
    id: randomUUID().replaceAll('-', '').slice(0, 20),
    filler: '',
  }
  event.filler = 'x'.repeat(Math.max(0, senders.bodyBytes - JSON.stringify(event).length))
  const body = Buffer.from(JSON.stringify(event))
  return requestOf(body, sign(null, body, key).toString('base64'))
}

function requestOf(body: Buffer, signature?: string): Buffer {
  const lines = [
    'POST /webhooks/highlevel HTTP/1.1',
    'host: 127.0.0.1',
    'content-type: application/json',
    'user-agent: axios/1.8.4',
    'accept: application/json, text/plain, */*',
    `content-length: ${body.length}`,
    ...(signature ? [`x-ghl-signature: ${signature}`] : []),
  ]
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), body])
}

function onSchedule(times: number[], act: (at: number) => Promise<void>, start: number): Promise<unknown> {
  return new Promise((resolve) => {
    const acts: Promise<void>[] = []
    const tick = (): void => {
      for (let next = times[acts.length]; next !== undefined && start + next <= monotonic(); ) {
        acts.push(act(next))
        next = times[acts.length]
      }
      const next = times[acts.length]
      if (next === undefined) resolve(Promise.all(acts))
      else setTimeout(tick, Math.max(1, start + next - monotonic()))
    }
    tick()
  })
}

answerParent(actions)
