import { z } from 'zod'
import { Trouble, type TroubleCode, type TroubleInfo } from '../lib/trouble.ts'
import type { Scope } from './platform-scopes.ts'

/**
 * What a refusal of HighLevel means for us. The same status stands for very different things, so the message decides
 * (HighLevel docs: OAuth 2.0, Authorization; messages as observed).
 */
export type RefusalKind =
  | 'token_rejected' // the access token is expired or garbled: refresh once
  | 'token_spent' // the refresh token is bad, expired or used: only a new installation helps
  | 'location_inactive' // the tenant is suspended at HighLevel; the tokens work again later
  | 'scope_missing' // refreshing changes nothing
  | 'wrong_token_class'
  | 'other_tenant'
  | 'code_refused'
  | 'client_refused' // our own client key or secret: the operator's trouble, no installation's
  | 'duplicate_contact' // another contact has this e-mail address or number; `duplicate` says which
  | 'other'

/** The contact that is there already, and what it has in common: `email` or `phone`; null where that was not said. */
export type Duplicate = { contactId: string; matchingField: string | null }

type RefusalInfo = TroubleInfo & {
  traceId?: string | undefined
  scope?: Scope | undefined
  duplicate?: Duplicate | undefined
  properties?: string[]
}

export class Refusal extends Trouble {
  readonly kind: RefusalKind
  /** The platform's support finds the call by it. */
  readonly traceId: string | undefined
  /** The one that the refused call needs. */
  readonly scope: Scope | undefined
  readonly duplicate: Duplicate | undefined
  /** Names of the properties that were not taken as they are. */
  readonly properties: readonly string[]

  constructor(kind: RefusalKind, code: TroubleCode, info: RefusalInfo) {
    super(code, info)
    this.kind = kind
    this.traceId = info.traceId
    this.scope = info.scope
    this.duplicate = info.duplicate
    this.properties = info.properties ?? []
  }
}

export const isRefusal = (error: unknown, kind?: RefusalKind): error is Refusal =>
  error instanceof Refusal && (kind === undefined || error.kind === kind)

/** One odd part of an answer does not hide what the rest of it says. */
const text = z.string().optional().catch(undefined)

const messages = z
  .union([z.string(), z.array(z.string())])
  .optional()
  .catch(undefined)

const body = z
  .object({
    message: messages,
    // v3 answers with an object: code, message, details, resolution.
    error: z
      .union([z.string(), z.object({ message: messages })])
      .optional()
      .catch(undefined),
    error_description: text,
    traceId: z
      .string()
      .regex(/^[\w.:-]{1,100}$/)
      .optional()
      .catch(undefined),
    meta: z
      .object({ contactId: z.string().regex(/^[\w-]{1,64}$/), matchingField: text })
      .optional()
      .catch(undefined),
  })
  .catch({})

type Reading = { kind: RefusalKind; code: TroubleCode; detail: string }

/** It heals once the operator has configured the right one; until then everything waits. */
const CLIENT_REFUSED: Reading = {
  kind: 'client_refused',
  code: 'unavailable',
  detail: "The platform does not accept the app's client key or its secret.",
}

/** By the beginning of the message: siblings differ in how they end. */
const READINGS: [status: number, begins: RegExp, reading: Reading][] = [
  [
    400,
    /^invalid grant/i,
    { kind: 'token_spent', code: 'credentials_refused', detail: 'The platform no longer accepts the refresh token.' },
  ],
  [
    400,
    /^location is not active/i,
    { kind: 'location_inactive', code: 'credentials_refused', detail: 'The account is not active at the platform.' },
  ],
  [400, /^invalid client/i, CLIENT_REFUSED],
  [401, /^invalid client/i, CLIENT_REFUSED],
  [
    401,
    /^authorization code not found/i,
    { kind: 'code_refused', code: 'credentials_refused', detail: 'The platform does not know the authorization code.' },
  ],
  [
    401,
    /^invalid (jwt|token)/i,
    { kind: 'token_rejected', code: 'credentials_refused', detail: 'The platform does not accept the access token.' },
  ],
  [
    401,
    /not authorized for this scope/i,
    { kind: 'scope_missing', code: 'rejected', detail: 'The app was not granted the permission this needs.' },
  ],
  [
    401,
    /^this authclass type|user type mismatch/i,
    { kind: 'wrong_token_class', code: 'rejected', detail: 'The platform wants another kind of token for this.' },
  ],
  [
    403,
    /does not have access to this location/i,
    { kind: 'other_tenant', code: 'rejected', detail: 'The record belongs to another account.' },
  ],
  [
    400,
    /does not allow duplicated contacts/i,
    {
      kind: 'duplicate_contact',
      code: 'conflict',
      detail: 'Another contact of your account has this e-mail address or phone number already.',
    },
  ],
  [
    400,
    /^(contact|task|note|appointment|event|opportunity) with id .* not found/i,
    { kind: 'other', code: 'not_found', detail: 'The record does not exist in your account.' },
  ],
]

export function readRefusal(
  status: number,
  answer: unknown,
  retryAfterMs: number | undefined,
  call: { scope?: Scope | undefined; isWrite: boolean } = { isWrite: true },
): Refusal {
  const parsed = body.parse(answer)
  const said = messagesOf(parsed)
  const known = READINGS.find(([at, begins]) => at === status && begins.test(said.join('; ')))?.[2]
  const properties = status === 400 || status === 422 ? propertiesIn(said) : []
  const { kind, code, detail } = known ?? readByStatus(status, properties)
  return new Refusal(kind, code, {
    detail,
    status,
    traceId: parsed.traceId,
    scope: call.scope,
    properties,
    ...(kind === 'duplicate_contact' && { duplicate: duplicateOf(parsed) }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    // An error of the server may come after the effect.
    outcomeUnknown: status >= 500 && call.isWrite,
  })
}

function messagesOf(parsed: z.infer<typeof body>): string[] {
  if (parsed.error_description) return [parsed.error_description]
  if (parsed.message) return [parsed.message].flat()
  return [typeof parsed.error === 'object' ? (parsed.error.message ?? '') : (parsed.error ?? '')].flat()
}

function duplicateOf({ meta }: z.infer<typeof body>): Duplicate | undefined {
  return meta && { contactId: meta.contactId, matchingField: meta.matchingField ?? null }
}

/** As the platform words it: "property gender should not exist", "email must be an email", "tags.0 must be a string". */
function propertiesIn(messages: string[]): string[] {
  const names = messages.map(
    (message) =>
      /^property ([A-Za-z]\w{0,40}) should not exist/.exec(message) ??
      /^([A-Za-z]\w{0,40})(?:\.[\w.]+)? (?:must|should) /.exec(message),
  )
  return [...new Set(names.flatMap((name) => name?.[1] ?? []))]
}

function readByStatus(status: number, properties: string[]): Reading {
  if (status === 404) return { kind: 'other', code: 'not_found', detail: 'The record does not exist in your account.' }
  if (status === 429) return { kind: 'other', code: 'rate_limited', detail: 'The platform asked us to slow down.' }
  if (status >= 500)
    return { kind: 'other', code: 'unavailable', detail: `The platform had trouble of its own (${status}).` }
  const what = properties.length > 0 ? `: it does not take ${properties.join(', ')} as sent` : ''
  return { kind: 'other', code: 'rejected', detail: `The platform refused the request (${status})${what}.` }
}
