import { randomUUID } from 'node:crypto'
import express, { type Request, type Response, Router } from 'express'
import { createFaults, type Fault } from '../../src/sandbox/support/faults.ts'
import { listen } from './listen.ts'

/** A partner that only tests have: contacts with tasks, notes and appointments. It takes what it knows, and nothing else. */
export type Kind = 'contacts' | 'tasks' | 'notes' | 'appointments' | 'opportunities'
export type BureauRecord = { id: string } & Record<string, unknown>

type Rule = { type: 'string' | 'boolean' | 'number'; needed?: boolean; fixed?: boolean; words?: string[] }
const text = { type: 'string' } as const
const whose = { type: 'string', needed: true } as const

/** What a record may hold. `fixed`: once and for all. */
const FORMS: Record<Kind, Record<string, Rule>> = {
  contacts: { email: { ...text, needed: true }, name: text },
  tasks: { contact: whose, text: { ...text, needed: true }, due: { ...text, needed: true }, done: { type: 'boolean' } },
  notes: { contact: { ...whose, fixed: true }, text: { ...text, needed: true } },
  appointments: {
    contact: { ...whose, fixed: true },
    subject: text,
    begins: { ...text, needed: true },
    ends: text,
    state: { ...text, words: ['confirmed', 'cancelled', 'showed', 'noshow', 'new', 'invalid'] },
  },
  opportunities: {
    contact: { ...whose, fixed: true },
    name: { ...text, needed: true },
    worth: { type: 'number' },
    state: { ...text, words: ['open', 'won', 'lost', 'abandoned'] },
  },
}

const NOUNS: Record<Kind, string> = {
  ...{ contacts: 'contact', tasks: 'task', notes: 'note', appointments: 'appointment', opportunities: 'opportunity' },
}

export type Account = { key: string; records: Record<Kind, Map<string, BureauRecord>>; hooks: Map<string, Hook> }
type Hook = { id: string; url: string; key: string }

export type Bureau = {
  url: string
  /** The key of a new account. */
  open(): string
  list(key: string, kind: Kind): BureauRecord[]
  /** What people do there: it tells of that as of everything else. */
  make(key: string, kind: Kind, fields: Record<string, unknown>): BureauRecord
  change(key: string, kind: Kind, id: string, fields: Record<string, unknown>): void
  take(key: string, kind: Kind, id: string): void
  /** It tells nobody anything: news on its way are lost. */
  setSilent(isSilent: boolean): void
  /** It writes everything in capitals, and says so in its answers. */
  setShouting(isShouting: boolean): void
  /** Of those that may change something, as `POST /tasks`. */
  writes(key: string): string[]
  failNext(fault: Fault): void
  /** Everything that it had to tell has arrived. */
  settled(): Promise<void>
  close(): Promise<void>
}

export async function startBureau(): Promise<Bureau> {
  const accounts = new Map<string, Account>()
  const written: { key: string; call: string }[] = []
  const faults = createFaults()
  const telling = new Set<Promise<unknown>>()
  let [isSilent, isShouting] = [false, false]

  const tell = (account: Account, kind: Kind, id: string, what: 'changed' | 'deleted'): void => {
    if (isSilent) return
    for (const { url, key } of account.hooks.values()) {
      const body = JSON.stringify({ about: NOUNS[kind], what, id, event: randomUUID() })
      const call = fetch(url, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json', 'x-bureau': key },
      })
      const told = call.catch(() => undefined).finally(() => telling.delete(told))
      telling.add(told)
    }
  }
  const put = (account: Account, kind: Kind, given: BureauRecord): BureauRecord => {
    const record = isShouting && given.text ? { ...given, text: String(given.text).toUpperCase() } : given
    account.records[kind].set(record.id, record)
    tell(account, kind, record.id, 'changed')
    return record
  }
  const remove = (account: Account, kind: Kind, id: string): boolean => {
    const isThere = account.records[kind].delete(id)
    if (isThere) tell(account, kind, id, 'deleted')
    return isThere
  }

  const app = express()
  app.use(express.json())
  app.use((request, response, next) => {
    const account = accounts.get(String(request.headers['x-key']))
    if (!account) return void response.status(401).json({ problem: 'Who are you?' })
    if (request.method !== 'GET') written.push({ key: account.key, call: `${request.method} ${request.path}` })
    response.locals.account = account
    next()
  })
  app.use(faults.middleware)
  app.use('/hooks', hookRoutes())
  for (const kind of Object.keys(FORMS) as Kind[]) app.use(`/${kind}`, recordRoutes(kind, { put, remove }))
  const server = await listen(app)

  const accountOf = (key: string): Account => accounts.get(key) ?? refuse(`There is no account ${key}.`)
  const recordOf = (key: string, kind: Kind, id: string): BureauRecord =>
    accountOf(key).records[kind].get(id) ?? refuse(`There is no ${kind} ${id}.`)
  return {
    url: server.url,
    open: () => {
      const key = randomUUID()
      const records = Object.fromEntries(Object.keys(FORMS).map((kind) => [kind, new Map()])) as Account['records']
      accounts.set(key, { key, records, hooks: new Map() })
      return key
    },
    list: (key, kind) => [...accountOf(key).records[kind].values()],
    make: (key, kind, fields) => put(accountOf(key), kind, { id: randomUUID(), ...fields }),
    change: (key, kind, id, fields) => void put(accountOf(key), kind, { ...recordOf(key, kind, id), ...fields }),
    take: (key, kind, id) => void remove(accountOf(key), kind, id),
    setSilent: (silent) => {
      isSilent = silent
    },
    setShouting: (shouting) => {
      isShouting = shouting
    },
    writes: (key) => written.flatMap((one) => (one.key === key && !one.call.includes('/hooks') ? [one.call] : [])),
    failNext: faults.add,
    settled: async () => {
      while (telling.size > 0) await Promise.all(telling)
    },
    close: server.close,
  }
}

const accountIn = (response: Response): Account => response.locals.account

function hookRoutes(): Router {
  const router = Router()
  router.get('/', (_request, response) => {
    response.json({ hooks: [...accountIn(response).hooks.values()].map(({ id, url }) => ({ id, url })) })
  })
  router.post('/', ({ body: { url, key } }, response) => {
    const hook = { id: randomUUID(), url, key }
    accountIn(response).hooks.set(hook.id, hook)
    response.status(201).json({ id: hook.id })
  })
  router.delete('/:id', ({ params: { id } }, response) => {
    response.status(accountIn(response).hooks.delete(id) ? 204 : 404).end()
  })
  return router
}

type Keeping = {
  put(account: Account, kind: Kind, record: BureauRecord): BureauRecord
  remove(account: Account, kind: Kind, id: string): boolean
}

function recordRoutes(kind: Kind, { put, remove }: Keeping): Router {
  const router = Router()
  const found = (request: Request<{ id: string }>, response: Response): BureauRecord | undefined => {
    const record = accountIn(response).records[kind].get(request.params.id)
    if (!record) response.status(404).json({ problem: 'There is no such record.' })
    return record
  }
  router.get('/', ({ query }, response) => {
    const all = [...accountIn(response).records[kind].values()]
    const isMeant = (record: BureauRecord): boolean =>
      Object.entries(query).every(([key, value]) => record[key] === value)
    response.json({ records: all.filter(isMeant) })
  })
  router.post('/', ({ body }, response) => {
    const problem = problemOf(accountIn(response), kind, body, true)
    if (problem) return void response.status(400).json({ problem })
    response.status(201).json({ record: put(accountIn(response), kind, { ...body, id: randomUUID() }) })
  })
  router.get('/:id', (request, response) => {
    const record = found(request, response)
    if (record) response.json({ record })
  })
  router.put('/:id', (request, response) => {
    const record = found(request, response)
    if (!record) return
    const problem = problemOf(accountIn(response), kind, request.body, false)
    if (problem) return void response.status(400).json({ problem })
    response.json({ record: put(accountIn(response), kind, { ...record, ...request.body }) })
  })
  router.delete('/:id', ({ params: { id } }, response) => {
    response.status(remove(accountIn(response), kind, id) ? 204 : 404).end()
  })
  return router
}

function problemOf(account: Account, kind: Kind, body: Record<string, unknown>, isNew: boolean): string | undefined {
  const form = FORMS[kind]
  for (const [key, value] of Object.entries(body)) {
    const rule = form[key]
    if (!rule) return `There is no ${key}.`
    if (rule.fixed && !isNew) return `${key} stays as it is.`
    if (typeof value !== rule.type || (rule.words && !rule.words.includes(String(value)))) return `${key} is wrong.`
  }
  const missing = isNew && Object.keys(form).find((key) => form[key]?.needed && body[key] === undefined)
  if (missing) return `${missing} is missing.`
  const { contact } = body
  return contact !== undefined && !account.records.contacts.has(String(contact))
    ? 'There is no such contact.'
    : undefined
}

function refuse(sentence: string): never {
  throw new Error(sentence)
}
