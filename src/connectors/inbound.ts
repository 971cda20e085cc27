import type { ConnectorContext, ObjectType } from './connector.ts'

/**
 * A partner that calls us, at an address of the connection's own that only the two of us know. What it signs is taken as
 * it says; of what it does not sign only the record's id is taken, and the record is read again there by `find` of its
 * object.
 */
export type Inbound<Credentials extends object> = {
  triggers: HookTrigger<Credentials>[]
  /**
   * Names of the headers and query parameters that reading needs, in lower case. They are kept with the delivery as they
   * are: nothing secret, nothing personal.
   */
  reads: readonly string[]
  /**
   * The header in which the partner sends back the key it was given, where it can: addresses end up in logs of proxies,
   * headers do not.
   */
  keyHeader?: string
  /** Whether the partner itself signed these bytes, in constant time. Left out where it signs nothing. */
  check?(request: SignedRequest, around: { credentials: Credentials; now: number }): 'ok' | 'refused'
  /** What happened there; undefined for what cannot be read. Calls nobody, and never throws. */
  read(request: HookRequest): HookEvent | undefined
  /** How our address is made known there. Left out where the owner has to enter it by hand. */
  registration?: HookRegistration<Credentials>
}

export type HookTrigger<Credentials extends object> = {
  /**
   * Stored with deliveries and flows: never changes. To a flow that waits for `task_changed`, `task_deleted` is a deletion, and
   * so is a `task_changed` whose record is no longer found.
   */
  key: string
  name: string
  object: ObjectType<Credentials>['key']
}

/** `headers` by name in lower case. */
export type SignedRequest = { body: Buffer; headers: Readonly<Record<string, string>> }

/** `given`: what came under the names of `reads`, a header before a query parameter. */
export type HookRequest = { body: Buffer; given: Readonly<Record<string, string>> }

export type HookEvent = {
  /**
   * The same happening always has the same id. Null where the partner gives none: what is read again by id is then told
   * once for all that comes before it is read; what is signed, once for the same bytes within minutes.
   */
  id: string | null
  trigger: string
  /** The record's id there: short, and nothing personal. */
  objectId: string
  /** ISO 8601. Null where the partner does not say: then it is when it came. */
  occurredAt: string | null
  /** Everything else that was said. Goes no further unless it was signed. */
  data: Record<string, unknown>
}

export type HookAddress = {
  url: string
  /** To be sent back in `keyHeader`. */
  key: string
}

export type HookRegistration<Credentials extends object> = {
  /** Everything registered there, by whomever. One address may be registered several times. */
  list(context: ConnectorContext<Credentials>): Promise<{ id: string; url: string }[]>
  /** The ids there of what now calls the address: a partner may need several registrations for all its triggers. */
  register(context: ConnectorContext<Credentials>, address: HookAddress): Promise<string[]>
  /** What is gone already counts as removed. */
  remove(context: ConnectorContext<Credentials>, id: string): Promise<void>
}
