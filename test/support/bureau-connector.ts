import { z } from 'zod'
import {
  type Action,
  type ActionResult,
  type Connector,
  type ConnectorContext,
  defineConnector,
  type ObjectType,
  type PartnerRecord,
} from '../../src/connectors/connector.ts'
import type { Inbound } from '../../src/connectors/inbound.ts'
import type { Field, FieldValues } from '../../src/lib/field.ts'
import { Trouble } from '../../src/lib/trouble.ts'
import type { Kind } from './bureau.ts'

type Key = { key: string }
type Context = ConnectorContext<Key>
type Thing = 'contact' | 'task' | 'note' | 'appointment' | 'opportunity'

const THINGS = ['contact', 'task', 'note', 'appointment', 'opportunity'] as const satisfies Thing[]
const pathOf = (thing: Thing): Kind => (thing === 'opportunity' ? 'opportunities' : `${thing}s`)

async function call(
  { http, apiUrl, credentials }: Context,
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  body?: object,
): Promise<unknown> {
  const headers = { 'x-key': credentials.key }
  const { status, text } = await http({ method, url: `${apiUrl}${path}`, headers, ...(body && { body }) })
  const outcomeUnknown = status >= 500 && method !== 'GET'
  if (status === 401) throw new Trouble('credentials_refused', { detail: 'The bureau does not know this key.' })
  if (status === 404) throw new Trouble('not_found', { detail: 'The bureau does not know this record.' })
  if (status >= 500) throw new Trouble('unavailable', { detail: 'The bureau is closed.', outcomeUnknown })
  if (status >= 400) throw new Trouble('rejected', { detail: `The bureau refuses this: ${text}` })
  return text ? JSON.parse(text) : {}
}

const record = z.object({ id: z.string() }).catchall(z.unknown())
const one = z.object({ record })
const many = z.object({ records: z.array(record) })

const toPartner = ({ id, ...data }: z.infer<typeof record>): PartnerRecord => ({ id, data, isDeleted: false })

const orNothing = async <T>(answer: Promise<T>): Promise<T | undefined> =>
  answer.catch((error: unknown) => {
    if (error instanceof Trouble && error.code === 'not_found') return undefined
    throw error
  })

async function find(context: Context, thing: Thing, id: string): Promise<PartnerRecord | undefined> {
  const answer = await orNothing(call(context, 'GET', `/${pathOf(thing)}/${encodeURIComponent(id)}`))
  return answer ? toPartner(one.parse(answer).record) : undefined
}

async function list(context: Context, thing: Thing, query: Record<string, string>): Promise<PartnerRecord[]> {
  const answer = await call(context, 'GET', `/${pathOf(thing)}?${new URLSearchParams(query)}`)
  return many.parse(answer).records.map(toPartner)
}

const FIELDS: Record<Thing, Field[]> = {
  contact: [
    { key: 'email', label: 'E-mail', type: 'email', required: true },
    { key: 'name', label: 'Name', type: 'text' },
  ],
  task: [
    { key: 'contact', label: 'Contact', type: 'text', readOnly: true },
    { key: 'text', label: 'Text', type: 'text', required: true },
    { key: 'due', label: 'Due', type: 'datetime', required: true },
    { key: 'done', label: 'Done', type: 'boolean' },
  ],
  note: [
    { key: 'contact', label: 'Contact', type: 'text', readOnly: true },
    { key: 'text', label: 'Text', type: 'text', required: true },
  ],
  appointment: [
    { key: 'contact', label: 'Contact', type: 'text', readOnly: true },
    { key: 'subject', label: 'Subject', type: 'text' },
    { key: 'begins', label: 'Begins', type: 'datetime', required: true },
    { key: 'ends', label: 'Ends', type: 'datetime' },
    { key: 'state', label: 'State', type: 'text' },
  ],
  opportunity: [
    { key: 'contact', label: 'Contact', type: 'text', readOnly: true },
    { key: 'name', label: 'Name', type: 'text', required: true },
    { key: 'worth', label: 'Worth', type: 'number' },
    { key: 'state', label: 'State', type: 'text' },
  ],
}

const text = z.string().min(1)
const INPUTS = {
  contact: z.strictObject({ email: text, name: text.optional() }),
  task: z.strictObject({ contact: text, text, due: text, done: z.boolean().optional() }),
  note: z.strictObject({ contact: text, text }),
  appointment: z.strictObject({
    ...{ contact: text, subject: text.optional(), begins: text, ends: text.optional(), state: text.optional() },
  }),
  opportunity: z.strictObject({ contact: text, name: text, worth: z.number().optional(), state: text.optional() }),
} satisfies Record<Thing, z.ZodObject>

const made = (answer: unknown, effect: ActionResult['effect']): ActionResult => {
  const { id, ...data } = one.parse(answer).record
  return { id, effect, record: data }
}

const isSame = (data: Record<string, unknown>, input: object): boolean =>
  Object.entries(input).every(([key, value]) => data[key] === value)

/** A contact is found by its e-mail address. Nothing tells one task from another, and of notes there is no list to look in. */
function createAction(thing: Thing): Action<Key, Record<string, unknown>> {
  const lookup = async (context: Context, input: FieldValues): Promise<ActionResult | undefined> => {
    const there = await list(context, thing, { contact: String(input.contact) })
    const same = there.find(({ data }) => isSame(data, input))
    return same && { id: same.id, effect: 'unchanged' }
  }
  return {
    ...{ key: `create_${thing}`, name: `Create ${thing}`, description: `Makes a ${thing}.`, object: thing },
    input: INPUTS[thing],
    repeat: thing === 'contact' ? 'repeatable' : 'once',
    run: async (context, input) => {
      const [known] = thing === 'contact' ? await list(context, thing, { email: String(input.email) }) : []
      if (!known) return made(await call(context, 'POST', `/${pathOf(thing)}`, input), 'created')
      await context.claim?.(known.id)
      return made(await call(context, 'PUT', `/${pathOf(thing)}/${known.id}`, input), 'updated')
    },
    ...(thing !== 'contact' &&
      thing !== 'note' && { lookup: (context, input) => lookup(context, input as FieldValues) }),
  }
}

const updateAction = (thing: Thing): Action<Key, Record<string, unknown>> => ({
  ...{ key: `update_${thing}`, name: `Update ${thing}`, description: `Changes a ${thing}.`, object: thing },
  input: z.strictObject({ ...INPUTS[thing].partial().shape, id: text }) as unknown as z.ZodType<
    Record<string, unknown>
  >,
  repeat: 'repeatable',
  run: async (context, { id, ...fields }) =>
    made(await call(context, 'PUT', `/${pathOf(thing)}/${id}`, fields), 'updated'),
})

const removeAction = (thing: Thing): Action<Key, { id: string }> => ({
  ...{ key: `remove_${thing}`, name: `Remove ${thing}`, description: `Deletes a ${thing}.`, object: thing },
  input: z.strictObject({ id: text }),
  repeat: 'repeatable',
  run: async (context, { id }) => {
    const answer = await orNothing(call(context, 'DELETE', `/${pathOf(thing)}/${id}`))
    return { id, effect: answer ? 'removed' : 'unchanged' }
  },
})

const SET_ASIDE: Partial<Record<Thing, string>> = { appointment: 'cancelled', opportunity: 'abandoned' }

const objectOf = (thing: Thing): ObjectType<Key> => ({
  key: thing,
  name: thing,
  fields: FIELDS[thing],
  listFields: async () => FIELDS[thing],
  find: async (context, key) => ('id' in key ? find(context, thing, key.id) : undefined),
  sync: {
    identity: thing === 'contact' ? ['email'] : [],
    match: async (context, { email }) => (thing === 'contact' ? list(context, thing, { email: String(email) }) : []),
    create: `create_${thing}`,
    update: { action: `update_${thing}`, input: ({ id, record }) => ({ ...record, id }) },
    remove: { action: `remove_${thing}`, input: (id) => ({ id }) },
    ...(SET_ASIDE[thing] && {
      archive: { action: `update_${thing}`, input: (id: string) => ({ id, state: SET_ASIDE[thing] }) },
    }),
  },
  ...(thing !== 'contact' && { belongsTo: { object: 'contact', field: 'contact', moves: thing === 'task' } }),
})

const news = z.object({
  about: z.enum(THINGS),
  what: z.enum(['changed', 'deleted']),
  id: z.string(),
  event: z.string(),
})

const inbound: Inbound<Key> = {
  triggers: THINGS.flatMap((thing) =>
    (['changed', 'deleted'] as const).map((what) => ({
      ...{ key: `${thing}_${what}`, name: `${thing} ${what}`, object: thing },
    })),
  ),
  reads: [],
  keyHeader: 'x-bureau',
  read: ({ body }) => {
    const said = news.safeParse(JSON.parse(body.toString('utf8'))).data
    if (!said) return undefined
    return { id: said.event, trigger: `${said.about}_${said.what}`, objectId: said.id, occurredAt: null, data: {} }
  },
  registration: {
    list: async (context) => z.object({ hooks: z.array(hook) }).parse(await call(context, 'GET', '/hooks')).hooks,
    register: async (context, address) => [
      z.object({ id: z.string() }).parse(await call(context, 'POST', '/hooks', address)).id,
    ],
    remove: async (context, id) => {
      await orNothing(call(context, 'DELETE', `/hooks/${id}`))
    },
  },
}

const hook = z.object({ id: z.string(), url: z.string() })

export const bureauConnector = (url: string): Connector =>
  defineConnector<Key>({
    key: 'bureau',
    name: 'Bureau',
    summary: 'Keeps tasks, notes and appointments.',
    apiUrl: url,
    limits: { requestsPerSecond: 1000, concurrency: 50 },
    credentialFields: [{ key: 'key', label: 'Key', help: 'Its key.', secret: true }],
    credentials: z.object({ key: z.string().min(1) }),
    verify: async (context) => {
      await call(context, 'GET', '/hooks')
      return { label: 'Bureau', facts: [] }
    },
    objects: THINGS.map(objectOf),
    triggers: [],
    inbound,
    actions: THINGS.flatMap((thing) => [createAction(thing), updateAction(thing), removeAction(thing)]),
    flows: [],
  })
