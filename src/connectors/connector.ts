import type { z } from 'zod'
import type { Clock } from '../lib/clock.ts'
import type { Field, FieldValues } from '../lib/field.ts'
import type { HttpClient } from '../lib/http-client.ts'
import type { FlowDefinition } from './flow-definition.ts'
import type { Inbound } from './inbound.ts'

/**
 * What the product asks of a partner. A connector knows nothing of Express, the database or the environment: it is given
 * a context and answers, or throws `Trouble` (lib/trouble.ts).
 */
export type Connector<Credentials extends object = object> = {
  /** Stored with connections, flows and runs: never changes. */
  key: string
  name: string
  /** One sentence for the owner: what connecting it brings. */
  summary: string
  /** Where its API lives. `null` when each account has a host of its own (then a credential field asks for it). */
  apiUrl: string | null
  limits: ConnectorLimits
  credentialFields: CredentialField[]
  /** Parses what the form sends; its messages are shown beside the fields. */
  credentials: z.ZodType<Credentials>
  /** Proves that the credentials work, without changing anything there. */
  verify(context: ConnectorContext<Credentials>): Promise<AccountInfo>
  objects: ObjectType<Credentials>[]
  triggers: PollTrigger<Credentials>[]
  /** How the partner calls us. Left out where it cannot. */
  inbound?: Inbound<Credentials>
  // biome-ignore lint/suspicious/noExplicitAny: a list of actions whose inputs differ; `run` parses before it is called.
  actions: Action<Credentials, any>[]
  /** Flows ready to switch on. */
  flows: ReadyFlow[]
}

export type ConnectorContext<Credentials extends object = object> = {
  http: HttpClient
  /** The connector's `apiUrl`, or where the sandbox or a test put it. No slash at the end. */
  apiUrl: string
  credentials: Credentials
  now: Clock
  /**
   * Asked before anything is written to a record that was found by what identifies it rather than by its id. Rejects when
   * that record is another one's counterpart already.
   */
  claim?(id: string): Promise<void>
  /**
   * The record that is to be written, where it was read just now: an action on this record need not read it again. Null: it
   * was looked for just now by what identifies it, and is not there.
   */
  known?: PartnerRecord | null
}

export type ConnectorLimits = {
  /** Sustained calls a second for one account. */
  requestsPerSecond: number
  /** Calls under way at once for one account. */
  concurrency: number
}

export type CredentialField = {
  key: string
  label: string
  /** Where to find the value in the partner's own screens, in the owner's words. */
  help: string
  /** A secret is written, never shown again. */
  secret: boolean
  placeholder?: string
}

/** What `verify` learned about the account, shown beside the connection. Nothing secret. */
export type AccountInfo = { label: string; facts: { name: string; value: string }[] }

export type ObjectKey =
  | 'contact'
  | 'task'
  | 'note'
  | 'appointment'
  | 'opportunity'
  | 'group'
  | 'enrolment'
  | 'campaign'
  | 'message'
  | 'automation'
  | 'order'
  | 'form'
  | 'account'

export type ObjectType<Credentials extends object> = {
  key: ObjectKey
  name: string
  /** Fields every account has. */
  fields?: Field[]
  /** Those, as they are called in this account, then those of this account alone. */
  listFields(context: ConnectorContext<Credentials>): Promise<Field[]>
  /** The record as it is there now. Left out where the partner cannot look one up. */
  find?(context: ConnectorContext<Credentials>, key: RecordKey): Promise<PartnerRecord | undefined>
  /**
   * All records of the account, page by page; `cursor` null is the first one, and what the last one answers. One that is listed
   * twice does no harm. Left out where they cannot be listed.
   */
  list?(
    context: ConnectorContext<Credentials>,
    from: { cursor: string | null },
  ): Promise<{ records: PartnerRecord[]; cursor: string | null }>
  /** How such a record is kept in step with its counterpart. Left out where it can only be read or acted on. */
  sync?: ObjectSync<Credentials>
  /**
   * Whose its records are, where each is a contact's: a task, a note, an appointment, an opportunity. Left out where they are
   * nobody's; then none of them is made at the platform, where each belongs to a contact.
   */
  belongsTo?: BelongsTo
}

/**
 * A partner whose account is one person names that person in each record. One record that belongs to no contact leaves the
 * field empty.
 */
export type BelongsTo = {
  object: 'contact'
  /**
   * The field of a record's `data` that holds the partner's id of its contact: `find` and a poll's records fill it, `create`
   * takes it, beside what the flow's rows set. Read-only among the object's fields: no row sets it.
   */
  field: string
  /** Whether `update` takes the field as well, and gives the record to another contact. */
  moves: boolean
}

export type ObjectSync<Credentials extends object> = {
  /** Fields that tell one record from another, the strongest first. Empty where nothing does, as with most tasks. */
  identity: readonly string[]
  /**
   * Every record there that has one of these identities. Exact: what merely resembles it is not among them. A deleted one may
   * be, and says so.
   */
  match(context: ConnectorContext<Credentials>, identity: FieldValues): Promise<PartnerRecord[]>
  /**
   * Keys of the actions that write it. `create` finds by what identifies it before it makes a new one. Where nothing does, it
   * says so (`repeat: 'once'`) and has a `lookup`: without one, what may have been made is not made again by itself.
   */
  create: string
  update: { action: string; input(known: WrittenRecord): object }
  /**
   * Left out where nothing can be deleted, or set aside, there. What is gone already is no error. A contact that was set aside
   * counts as deleted; an appointment that was cancelled for it is still there.
   */
  remove?: { action: string; input(id: string): object }
  archive?: { action: string; input(id: string): object }
  consent?: ConsentRule
  labels?: LabelRule & {
    /** Names of the labels that the record has there. */
    list(context: ConnectorContext<Credentials>, id: string): Promise<string[]>
  }
}

/** By the partner's id, or by what identifies a person: e-mail first, then phone. */
export type RecordKey = { id: string } | { email?: string | undefined; phone?: string | undefined }

/** `data` is by wire name, as in `Field.key`. A deleted record may still be found, and says so. */
export type PartnerRecord = {
  id: string
  data: Record<string, unknown>
  isDeleted: boolean
  /** When it was last changed there, ISO 8601; absent where the partner does not say. */
  changedAt?: string | null
}

/** Something that happened there. `id` is the event's identity: the same happening always has the same id. */
export type PartnerEvent = { id: string; objectId: string; occurredAt: string; data: Record<string, unknown> }

export type PollTrigger<Credentials extends object> = {
  /** One that ends in `_changed` tells of new records, and of deleted ones, as well: those are no longer found. */
  key: string
  name: string
  /** The record its events are about: `objectId` is that record's id. */
  object: ObjectKey
  /** What it has to be told: which campaign, which group. */
  options?: Field[]
  /** What its events say, by key in `data`. */
  fields?: Field[]
  /**
   * A first poll (`cursor` null) tells nothing and returns where to go on from. `isMore`: there is another page, to be read
   * at once. `hasExpired`: the cursor is not known there any more, so nothing can be told of what happened since; `cursor`
   * is where to go on from. Nothing secret or personal stands in a cursor.
   */
  poll(
    context: ConnectorContext<Credentials>,
    from: { cursor: string | null; options: FieldValues },
  ): Promise<{ events: PartnerEvent[]; cursor: string; isMore?: boolean; hasExpired?: boolean }>
}

export type Action<Credentials extends object, Input extends object> = {
  key: string
  name: string
  /** One sentence for the owner. */
  description: string
  object: ObjectKey
  /** What the owner can set, by the input's property names; those of the object, where they are left out. */
  fields?: Field[]
  input: z.ZodType<Input>
  /**
   * What repeating it does: nothing more (`repeatable`), or a second effect (`once`), so that a call whose outcome is
   * unknown may not simply be sent again.
   */
  repeat: 'repeatable' | 'once'
  run(context: ConnectorContext<Credentials>, input: Input): Promise<ActionResult>
  /**
   * What an earlier call with this input, whose answer was lost, left behind; undefined where there is nothing to be seen of
   * it. Left out where that cannot be told.
   */
  lookup?(context: ConnectorContext<Credentials>, input: Input): Promise<ActionResult | undefined>
}

export type ActionResult = {
  /** The partner's id of the record acted on; `null` when there is none and none was needed. */
  id: string | null
  effect: 'created' | 'updated' | 'unchanged' | 'revived' | 'removed' | 'declined'
  /** Why nothing was written although asked (effect 'declined'), or what the owner should know. One sentence. */
  note?: string
  /** The record as it is there now, where the partner answers it. */
  record?: Record<string, unknown>
}

export type ReadyFlow = {
  /** Stored with flows made from it: never changes. */
  key: string
  name: string
  /** One sentence for the owner. */
  description: string
  /** It is made, switched on, with each new connection. */
  isFirst: boolean
  definition: FlowDefinition
}

/**
 * What is added to the record when a contact must not be reached: on any channel, by e-mail, by text message. Only ever
 * stricter: nothing here takes a restriction away.
 */
export type ConsentRule = Record<'all' | 'email' | 'sms', Record<string, unknown>>

/** A record of the partner's: its id, and what it holds or is to hold. */
export type WrittenRecord = { id: string; record: Record<string, unknown> }

export type LabelRule = {
  /** Finds the label of this name or makes it; the result's id is the label's. */
  ensure: { action: string; input(name: string): object }
  add: { action: string; input(written: WrittenRecord, labelId: string): object }
  remove: { action: string; input(written: WrittenRecord, labelId: string): object }
}

/**
 * Fixes the types of a connector where it is written and hands it to the registry as one of many. Forgetting the type of its
 * credentials is sound because whoever builds a context opens what this connector's own schema parsed.
 */
export const defineConnector = <Credentials extends object>(connector: Connector<Credentials>): Connector =>
  connector as unknown as Connector
