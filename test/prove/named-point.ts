import { subscribe } from 'node:diagnostics_channel'
import { createRequire } from 'node:module'
import type { Client } from 'pg'

/**
 * Loaded ahead of the product's own code, by proofs only: the process ends itself with SIGKILL when it comes to the point
 * that `PROVE_POINT` names for the n-th time (`committed:3`). The product knows nothing of it.
 */
const [point, times] = String(process.env.PROVE_POINT).split(':')
let left = Number(times)

let passed = 0
process.on('exit', () => {
  if (point === 'statement') process.stderr.write(`statements ${passed}\n`)
})

function reach(reached: string): void {
  if (reached !== point) return
  passed += 1
  left -= 1
  if (left <= 0) process.kill(process.pid, 'SIGKILL')
}

type Statement = string | { text?: string; values?: unknown[] }
type Query = (this: Client, config: Statement, ...rest: unknown[]) => unknown

type Deed = 'stored' | 'finished'

/** Connections in a transaction, and what it has done so far. */
const transactions = new WeakMap<Client, Deed | undefined>()

const pg = createRequire(import.meta.url)('pg') as { Client: { prototype: { query: Query } } }
const query = pg.Client.prototype.query

pg.Client.prototype.query = function (config, ...rest) {
  const text = typeof config === 'string' ? config : (config?.text ?? '')
  const deed = /insert into deliveries\b/i.test(text) ? 'stored' : isFinishing(config) ? 'finished' : undefined
  reach('statement')
  if (deed) reach(BEFORE[deed])
  if (/^begin/i.test(text)) transactions.set(this, undefined)
  if (deed && transactions.has(this)) transactions.set(this, deed)
  const isCommit = /^commit/i.test(text)
  const durable = isCommit ? transactions.get(this) : transactions.has(this) ? undefined : deed
  if (isCommit || /^rollback;?$/i.test(text)) transactions.delete(this)
  if (!durable) return query.call(this, config, ...rest)
  if (durable === 'stored') reach('before-commit')
  const answer = query.call(this, config, ...rest.map((one) => (typeof one === 'function' ? after(durable, one) : one)))
  if (durable === 'stored') reach('commit-sent')
  if (answer instanceof Promise)
    answer.then(
      () => reach(AFTER[durable]),
      () => {},
    ) // heard before the product hears it
  return answer
}

const BEFORE: Record<Deed, string> = { stored: 'before-insert', finished: 'before-finishing' }
const AFTER: Record<Deed, string> = { stored: 'committed', finished: 'finished' }

/** Beginning and settling are one statement; its values say which. */
const isFinishing = (config: Statement): boolean =>
  typeof config !== 'string' &&
  /update "?deliveries/i.test(config.text ?? '') &&
  /"(done|ignored|dead)"/.test(JSON.stringify(config.values ?? []))

const after =
  (deed: Deed, next: unknown) =>
  (...result: unknown[]): unknown => {
    reach(AFTER[deed])
    return (next as (...result: unknown[]) => unknown)(...result)
  }

/** `/contacts/ID`: whoever asks for that. */
subscribe('undici:request:create', (message) => {
  const { request } = message as { request: { path?: unknown } }
  if (point?.startsWith('/') && String(request.path).startsWith(point)) reach(point)
})

const isWriteToPartner = (message: unknown): boolean => {
  const { request } = message as { request: { origin?: unknown; method?: string } }
  return String(process.env.ACTIVETRAIL_API_URL).startsWith(String(request.origin)) && request.method !== 'GET'
}
const PARTNER_POINTS = {
  'undici:request:create': 'before-partner',
  'undici:request:bodySent': 'during-partner',
  'undici:request:trailers': 'partner-answered',
}
for (const [channel, name] of Object.entries(PARTNER_POINTS)) {
  subscribe(channel, (message) => {
    if (isWriteToPartner(message)) reach(name)
  })
}
