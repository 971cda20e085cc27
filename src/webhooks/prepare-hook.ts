import { credentialsPlace } from '../connections/connection-store.ts'
import type { HookEvent, Inbound } from '../connectors/inbound.ts'
import type { Database } from '../db/database.ts'
import type { Clock } from '../lib/clock.ts'
import { sha256Hex } from '../lib/hash.ts'
import { newId } from '../lib/ids.ts'
import { open, type SealKey, sealBytes } from '../lib/seal.ts'
import type { Vault } from '../tenants/vault.ts'
import { bodyPlace, type NewDelivery } from './delivery-store.ts'
import type { CalledHook } from './find-hook.ts'
import { readHook } from './read-hook.ts'
import { Unwelcome } from './webhook-door.ts'

export type PrepareHookDeps = { database: Database; vault: Vault; now: Clock }

/** `given`: headers and query parameters by name in lower case. */
export type HookCall = {
  body: Buffer
  headers: Readonly<Record<string, string>>
  query: Readonly<Record<string, string>>
}

/** The same signed bytes within this time are the same happening, where the partner gives it no id. */
const SAME_WITHIN_MS = 10 * 60_000

/** What is stored of a call to a hook. Throws `Unwelcome` where the partner signs and this is not its signature. */
export async function prepareHook(deps: PrepareHookDeps, hook: CalledHook, call: HookCall): Promise<NewDelivery> {
  const { tenantId, connectionId, connector, partner } = hook
  const inbound = connector.inbound as Inbound<object>
  const sealKey = await deps.vault.findKey(deps.database, tenantId)
  if (!sealKey) throw new Unwelcome('unknown_address') // purged in this moment
  await refuseUnsigned(deps, hook, inbound, sealKey, call)
  const headers = keptOf(inbound, call)
  const event = readHook(inbound, { body: call.body, given: headers })
  const id = newId()
  const isSigned = inbound.check !== undefined
  return {
    tenantId,
    id,
    source: partner,
    deliveryId: identityOf(deps, hook, event, call.body, isSigned) ?? id,
    hook: { connectionId, isHint: event !== undefined && !isSigned },
    eventType: event?.trigger ?? 'unreadable',
    orderingKey: `${tenantId}/${connectionId}/${event?.objectId ?? id}`,
    receivedAt: new Date(deps.now()),
    sentAt: event?.occurredAt ? new Date(event.occurredAt) : null,
    late: false, // nothing is too old that is read again, and what is signed is judged by its check
    headers,
    body: sealBytes(sealKey, bodyPlace({ tenantId, id }), call.body),
    state: event ? 'received' : 'dead',
    reason: event ? null : 'unreadable',
  }
}

async function refuseUnsigned(
  deps: PrepareHookDeps,
  { tenantId, connectionId, credentials: sealed }: CalledHook,
  inbound: Inbound<object>,
  sealKey: SealKey,
  { body, headers }: HookCall,
): Promise<void> {
  if (!inbound.check) return
  const place = credentialsPlace({ tenantId }, connectionId)
  const credentials = JSON.parse(await open([sealKey], place, sealed ?? ''))
  const verdict = inbound.check({ body, headers }, { credentials, now: deps.now() })
  if (verdict !== 'ok') throw new Unwelcome('forged')
}

/** A header before a query parameter of the same name. */
function keptOf({ reads }: Inbound<object>, { headers, query }: HookCall): Record<string, string> {
  const values = reads.map((name): [string, string | undefined] => [name, headers[name] ?? query[name]])
  return Object.fromEntries(values.filter((pair): pair is [string, string] => pair[1] !== undefined))
}

/** Undefined where every call counts: a hint that does not wait behind another one has something new to tell. */
function identityOf(
  deps: PrepareHookDeps,
  { connectionId }: CalledHook,
  event: HookEvent | undefined,
  body: Buffer,
  isSigned: boolean,
): string | undefined {
  if (!event) return `sha256:${sha256Hex(`${connectionId}\n${sha256Hex(body)}`)}`
  const about = [connectionId, event.trigger, event.objectId]
  if (event.id !== null) return `sha256:${sha256Hex([...about, event.id].join('\n'))}`
  if (!isSigned) return undefined
  const moment = String(Math.floor(deps.now() / SAME_WITHIN_MS))
  return `sha256:${sha256Hex([...about, moment, sha256Hex(body)].join('\n'))}`
}
