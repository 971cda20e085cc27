import type { ActionResult, ObjectSync, ObjectType, PartnerRecord } from '../../connectors/connector.ts'
import { getAction } from '../../connectors/get-action.ts'
import { Trouble } from '../../lib/trouble.ts'
import { fitRecord } from '../fit-record.ts'
import { createLabels } from '../labels.ts'
import type { PartnerCalls } from '../partner-calls.ts'
import { findMade } from './find-made.ts'
import { restrictions, toSyncRecord } from './partner-record.ts'
import type { Side, SideWrite, SyncRecord, WriteAround, Written } from './side.ts'

/** An object of a partner's, through its connector's actions. */
export function partnerSide(calls: PartnerCalls, object: ObjectType<object>): Side {
  const { sync, find } = object
  const { connector, context } = calls.open
  if (!sync || !find) throw new Error(`${connector.name} cannot keep its ${object.key} in step.`)
  const seen = new Map<string, PartnerRecord>()
  const read = (record: PartnerRecord): SyncRecord => {
    seen.set(record.id, record)
    return toSyncRecord(record, sync)
  }
  const write = createWriter(calls, object, seen)
  return {
    identityFields: sync.identity,
    erases: false, // no connector has said yet that an empty value empties
    listFields: () => object.listFields(context),
    fit: (wanted, { isNew }) => fitWrite(calls, sync, wanted, isNew),
    read: async (id, { withLabels }) => {
      const record = await find(context, { id })
      if (!record) return undefined
      const labels = withLabels && sync.labels ? { labels: await sync.labels.list(context, id) } : {}
      return { ...read(record), ...labels }
    },
    match: async (identity) => (await sync.match(context, identity)).map(read),
    ...write,
    ...(sync.remove && { remove: (id) => act(calls, sync.remove, id) }),
    ...(sync.archive && { archive: (id) => act(calls, sync.archive, id) }),
  }
}

async function act(calls: PartnerCalls, rule: ObjectSync<object>['remove'], id: string): Promise<void> {
  if (rule) await calls.run({ action: rule.action, input: rule.input(id) })
}

function createWriter(
  calls: PartnerCalls,
  { sync, find }: ObjectType<object>,
  seen: Map<string, PartnerRecord>,
): Pick<Side, 'create' | 'update'> {
  if (!sync || !find) throw new Error('It cannot be written.')
  const label = createLabeller(calls, sync)
  const writer: Pick<Side, 'create' | 'update'> = {
    create: async (wanted, around) => {
      const { claim, isAbsent, unanswered = [] } = around
      const made = await findMade(calls, { sync, find }, unanswered, claim)
      if (made) return { ...(await writer.update(made, differing(made, wanted), around)), id: made.id }
      const known = isAbsent ? { known: null } : {}
      const result = await calls.run({ action: sync.create, input: recordOf(sync, wanted), claim, ...known })
      if (!result.id) throw new Trouble('unexpected_answer', { detail: 'The record was written, but no id came back.' })
      return writtenOf(sync, result.id, result)
    },
    update: async (before, wanted, _around: WriteAround) => {
      const known = seen.get(before.id)
      const record = recordOf(sync, wanted)
      const isUntouched = Object.keys(record).length === 0 && !before.isDeleted
      if (isUntouched) return label(wanted, { id: before.id, effect: 'unchanged' }, known)
      const result = await calls.run({
        action: sync.update.action,
        input: sync.update.input({ id: before.id, record }),
        ...(known && { known }),
      })
      // What was read before is out of date now.
      return label(wanted, writtenOf(sync, before.id, result), undefined)
    },
  }
  return writer
}

const differing = ({ fields }: SyncRecord, wanted: SideWrite): SideWrite => ({
  ...wanted,
  fields: Object.fromEntries(Object.entries(wanted.fields).filter(([key, value]) => fields[key] !== value)),
})

const recordOf = (
  { consent }: ObjectSync<object>,
  { fields, consent: stricter }: SideWrite,
): Record<string, unknown> => ({
  ...fields,
  ...(consent && restrictions(stricter, consent)),
})

function writtenOf(sync: ObjectSync<object>, id: string, { effect, note, record }: ActionResult): Written {
  if (effect === 'removed') throw new Error('A write removed the record.')
  const data = record && toSyncRecord({ id, data: record, isDeleted: false }, sync)
  return { id, effect, note, ...(data && { record: data }) }
}

type Labeller = (wanted: SideWrite, written: Written, known: PartnerRecord | undefined) => Promise<Written>

/** One after another, after the record: what it answers says whether the record is still there. */
const createLabeller =
  (calls: PartnerCalls, { labels: rule }: ObjectSync<object>): Labeller =>
  async ({ labels: { add, remove } }, written, known) => {
    if (!rule || written.effect === 'declined' || add.length + remove.length === 0) return written
    const labels = createLabels(calls, rule)
    const record = { id: written.id, record: {} }
    for (const tag of add) {
      const { effect } = await labels.add(record, tag, known)
      if (effect === 'declined') return { ...written, effect: 'declined' }
    }
    for (const key of remove) await labels.remove(record, key)
    return written.effect === 'unchanged' ? { ...written, effect: 'updated' } : written
  }

function fitWrite(calls: PartnerCalls, sync: ObjectSync<object>, wanted: SideWrite, isNew: boolean) {
  const record = recordOf(sync, wanted)
  const { connector } = calls.open
  const input = getAction(connector, isNew ? sync.create : sync.update.action).input
  const given = isNew ? record : (sync.update.input({ id: '1', record }) as Record<string, unknown>)
  const { leftOut, obstacle } = fitRecord(input, given)
  const fields = Object.fromEntries(Object.entries(wanted.fields).filter(([key]) => !leftOut.includes(key)))
  return { write: { ...wanted, fields }, leftOut: leftOut.filter((key) => key in wanted.fields), obstacle }
}
