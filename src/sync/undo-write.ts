import type { Actor } from '../audit/audit-entry.ts'
import { recordAudit } from '../audit/audit-store.ts'
import { openConnection, refuseOvertaken } from '../connections/open-connection.ts'
import { isSameValue } from '../flows/mapping/same-value.ts'
import { AppError } from '../lib/errors.ts'
import type { FieldValues } from '../lib/field.ts'
import { newId } from '../lib/ids.ts'
import { findInstallation } from '../tenants/installation-store.ts'
import { fieldsOf } from './fields-of.ts'
import { type KeptChange, openChanges } from './open-changes.ts'
import { createPartnerCalls } from './partner-calls.ts'
import type { Fields } from './plan/record-plan.ts'
import { createRunLog } from './run-log.ts'
import { partnerSide } from './sides/partner-side.ts'
import { platformSide } from './sides/platform-side.ts'
import type { Side, SyncRecord } from './sides/side.ts'
import type { SyncDeps } from './sync-deps.ts'
import { closeWrites, findWrite, markUndone, openWrites, type Write, writePlace } from './write-store.ts'

export type Undone = {
  /** Fields that hold again what they held before. */
  undone: string[]
  /** Fields that have been changed since, or that cannot be taken back: they stay. */
  left: string[]
}

/**
 * Takes a change back on the side where it was made, field by field, and only where the field still holds what the change put
 * there. What that means for the other side is a change like any other. A restriction on reaching somebody is never taken back.
 */
export async function undoWrite(
  deps: SyncDeps,
  input: { tenantId: string; writeId: string; actor: Actor },
): Promise<Undone> {
  const { tenantId, writeId, actor } = input
  const found = await deps.database.asTenant(tenantId, async (db) => {
    const write = await findWrite(db, writeId)
    if (write?.kind !== 'update' || write.state !== 'done' || write.undoneBy) throw new AppError('not_found')
    const open = await openConnection(deps, db, write.connectionId)
    if ('waiting' in open) throw new AppError('partner_trouble', { detail: open.waiting.trouble ?? 'It is paused.' })
    const locationId = (await findInstallation(db))?.locationId
    if (!locationId) throw new AppError('not_installed')
    return { write, open, locationId, changes: await openChanges(deps.vault, db, write) }
  })
  const { write, open, changes } = found
  const object = open.connector.objects.find(({ key }) => key === write.object)
  const id = write.side === 'partner' ? write.partnerId : write.highLevelId
  if (!object || !id) throw new AppError('not_found')
  const undoId = newId()
  const calls = createPartnerCalls(deps, { tenantId, runId: undoId, open }, createRunLog(deps.now))
  const side =
    write.side === 'partner'
      ? partnerSide(calls, object)
      : platformSide(deps, { tenantId, locationId: found.locationId }, object.key)
  const record = await side.read(id, { withLabels: false })
  if (!record || record.isDeleted)
    throw new AppError('conflict', { detail: 'The record does not exist there any more.' })
  const back = whatToTakeBack(changes, record, fieldsOf(object)[write.side], side)
  if (back.changes.length === 0) return { undone: [], left: back.left }
  await deps.database.asTenant(tenantId, async (db) => {
    const text = Buffer.from(JSON.stringify(back.changes))
    const opened = { ...write, id: undoId, runId: undoId, openedAt: new Date(deps.now()) }
    await openWrites(db, [{ ...opened, changes: await deps.vault.sealBytes(db, writePlace(db, undoId), text) }])
  })
  const fields: FieldValues = Object.fromEntries(back.changes.map(({ field, after }) => [field, after]))
  const { note } = await side.update(record, { fields, labels: { add: [], remove: [] }, consent: {} }, ALONE)
  await deps.database.asTenant(tenantId, async (db) => {
    await refuseOvertaken(db, open)
    if (!(await markUndone(db, write.id, undoId))) throw new AppError('conflict', { detail: 'It was undone already.' })
    await closeWrites(db, [closed(write, undoId, note ?? null)], new Date(deps.now()))
    const names = back.changes.map(({ field }) => field)
    await recordAudit(db, { action: 'write.undone', actor, target: `write/${write.id}`, fields: names, at: deps.now() })
  })
  return { undone: back.changes.map(({ field }) => field), left: back.left }
}

const ALONE = { quiet: false, contactId: null, claim: async (): Promise<void> => {} }

const closed = ({ highLevelId, partnerId }: Write, id: string, reason: string | null) =>
  ({ id, highLevelId, partnerId, reason, state: 'done' }) as const

function whatToTakeBack(
  changes: readonly KeptChange[],
  record: SyncRecord,
  fields: Fields,
  side: Side,
): { changes: KeptChange[]; left: string[] } {
  const isStill = ({ field, after }: KeptChange): boolean =>
    isSameValue(fields.get(field)?.type ?? 'text', record.fields[field] ?? null, after)
  const canBe = ({ field, before = null }: KeptChange): boolean =>
    field !== 'labels' &&
    !field.startsWith('consent.') &&
    !fields.get(field)?.readOnly &&
    (before !== null || side.erases)
  const taken = changes.filter((change) => canBe(change) && isStill(change))
  return {
    changes: taken.map(({ side: where, field, before = null, after }) => ({
      ...{ side: where, field, before: after, after: before },
      why: 'undone' as const,
    })),
    left: changes.filter((change) => !taken.includes(change)).map(({ field }) => field),
  }
}
