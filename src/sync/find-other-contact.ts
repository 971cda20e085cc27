import type { MappingRow } from '../connectors/flow-definition.ts'
import { type Happening, ownContactId } from './contact-of-event.ts'
import { contactObject, contactSide } from './contact-side.ts'
import { fieldsOf } from './fields-of.ts'
import { findCounterpart } from './find-counterpart.ts'
import { findLink } from './link-store.ts'
import { type Direction, type Fields, otherSide, type SideName } from './plan/record-plan.ts'
import type { RunContext } from './run-context.ts'
import type { SyncRecord } from './sides/side.ts'
import type { SyncDeps } from './sync-deps.ts'

/**
 * The id of the contact that an event concerns, on the side where it did not happen: the linked one; else the one that is meant
 * by the same e-mail address or phone number, if it is one.
 */
export async function findOtherContact(
  deps: SyncDeps,
  ctx: RunContext,
  happening: Happening,
): Promise<string | undefined> {
  const { event, record } = happening
  const side = otherSide(event.from)
  if (side === 'highlevel' && event.contactId) return event.contactId
  const own = ownContactId(ctx, happening)
  if (!own) return undefined
  const linked = await findLinked(deps, ctx, event.from, own)
  if (linked) return linked
  const isRead = own === record.id
  const contact = isRead ? record : await contactSide(deps, ctx, event.from).read(own, { withLabels: false })
  return contact && findMeant(deps, ctx, side, contact)
}

async function findLinked(
  { database }: SyncDeps,
  { tenantId, open }: RunContext,
  from: SideName,
  recordId: string,
): Promise<string | undefined> {
  const end = { connectionId: open.connection.id, object: 'contact', side: from, recordId }
  const link = await database.asTenant(tenantId, (db) => findLink(db, end))
  return from === 'highlevel' ? link?.partnerId : link?.highLevelId
}

async function findMeant(
  deps: SyncDeps,
  ctx: RunContext,
  side: SideName,
  source: SyncRecord,
): Promise<string | undefined> {
  const object = contactObject(ctx)
  if (!object) return undefined
  const there = contactSide(deps, ctx, side)
  const fields = fieldsOf(object)
  const rows = sameTypes(there.identityFields, fields[side], fields[otherSide(side)])
  const direction: Direction = { rows, consent: false, labels: { kind: 'none' }, creates: false, extras: {} }
  const found = await findCounterpart(there, { source, direction, fields: fields[side], around: ctx.around })
  return found.kind === 'one' ? found.record.id : undefined
}

/** E-mail address from e-mail address and number from number, whatever the two sides call them. */
const sameTypes = (targets: readonly string[], there: Fields, here: Fields): MappingRow[] =>
  targets.flatMap((target) => {
    const source = [...here.values()].find(({ type }) => type === there.get(target)?.type)
    return source ? [rowOf(target, source.key)] : []
  })

const rowOf = (target: string, field: string): MappingRow => ({
  target,
  source: { kind: 'field', field },
  transforms: [],
  whenBlank: 'keep',
  policy: 'last_writer',
})
