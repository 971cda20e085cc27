import type { TenantDb } from '../db/database.ts'
import type { FieldValues } from '../lib/field.ts'
import { sha256Hex } from '../lib/hash.ts'
import type { Lease } from '../tenants/lease-store.ts'
import { findLink, type Link } from './link-store.ts'
import type { Fields } from './plan/record-plan.ts'
import type { RunContext } from './run-context.ts'
import type { SyncRecord } from './sides/side.ts'
import type { SyncDeps } from './sync-deps.ts'
import { endTurn, takeTurn, tryTurn } from './take-turn.ts'

/** A record that is new to the other side, as far as anybody knows: what it can be told by, of an object. */
export type Newcomer = {
  object: string
  source: SyncRecord
  fields: Fields
  /** What else only one at a time may be made of. */
  alike?: readonly string[]
}

/** Takes the turn, if it is free, in a transaction that has more to do. */
export async function tryTurnOf(db: TenantDb, ctx: RunContext, newcomer: Newcomer): Promise<Lease[] | undefined> {
  const turn = await tryTurn(db, { holder: ctx.runId, names: namesOf(ctx, newcomer) }, lookFor(ctx, newcomer))
  return turn && 'leases' in turn ? turn.leases : undefined
}

/**
 * Two records with one identity may be worked on at the same moment, from either side, and then neither would find the
 * other's counterpart. So the search and the write of what is new are done by one at a time for each identity: by whoever has
 * `taken` the turn, or waits for it. The link, where somebody else made it meanwhile.
 */
export async function oneAtATime<T>(
  deps: SyncDeps,
  ctx: RunContext,
  { taken, ...newcomer }: Newcomer & { taken: Lease[] | undefined },
  work: (release: (db: TenantDb) => Promise<void>) => Promise<T>,
): Promise<{ found: Link } | { done: T }> {
  const { tenantId, runId: holder } = ctx
  const names = namesOf(ctx, newcomer)
  const turn = taken
    ? { leases: taken }
    : await takeTurn(deps.database, { tenantId, holder, names }, lookFor(ctx, newcomer))
  if ('found' in turn) return turn
  const release = (db: TenantDb): Promise<void> => endTurn(db, turn.leases)
  try {
    return { done: await work(release) }
  } catch (error) {
    await deps.database.asTenant(tenantId, release)
    throw error
  }
}

const lookFor =
  ({ open, from, recordId }: RunContext, { object }: Newcomer) =>
  (db: TenantDb): Promise<Link | undefined> =>
    findLink(db, { connectionId: open.connection.id, object, side: from, recordId })

function namesOf({ open, from, recordId }: RunContext, newcomer: Newcomer): string[] {
  return [`${from} ${recordId}`, ...identitiesOf(newcomer), ...(newcomer.alike ?? [])]
    .filter((identity) => identity !== '')
    .map((identity) => `record ${open.connection.id} ${sha256Hex(identity.toLowerCase())}`)
}

/** E-mail address and phone number, whichever side they are read on and whatever they are called there. */
function identitiesOf({ source, fields }: Newcomer): string[] {
  const own: FieldValues = source.fields
  return [...fields.values()].flatMap(({ key, type }) => {
    const value = own[key]
    if (typeof value !== 'string' || (type !== 'email' && type !== 'phone')) return []
    return [type === 'phone' ? value.replace(/\D/g, '').slice(-9) : value.trim()]
  })
}
