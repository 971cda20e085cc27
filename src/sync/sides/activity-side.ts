import type { Field, FieldValues } from '../../lib/field.ts'
import { Trouble } from '../../lib/trouble.ts'
import { listDiffering } from './differing-values.ts'
import { isFree } from './is-free.ts'
import type { Side, SideWrite, SyncRecord, Unanswered, WriteAround, Written } from './side.ts'
import { takeWritable } from './writable-values.ts'

/** An object of the platform's that belongs to a contact, by what differs between them. */
export type Activity = {
  /** As in "a task". */
  name: string
  /** What every account has. */
  fields: readonly Field[]
  /** With those of this account. */
  listFields?(): Promise<Field[]>
  /** Fields that the platform takes empty; any other stays as it is. */
  erasable: readonly string[]
  /** Where it is not by the field's type. */
  isSame?: Record<string, (one: string, other: string) => boolean>
  read(id: string): Promise<SyncRecord | undefined>
  /** Those of the contact that hold what was sent to make one. */
  listSame(contactId: string, sent: FieldValues): Promise<SyncRecord[]>
  create(contactId: string, values: FieldValues): Promise<SyncRecord>
  update(id: string, values: FieldValues): Promise<SyncRecord>
  remove(id: string): Promise<void>
  archive?(id: string): Promise<void>
}

/**
 * The platform's side of an activity. Nothing here has labels or consent: what is asked of them is not done. Nor does anything
 * identify one: two calls with one title are two calls.
 */
export const activitySide = (activity: Activity): Side => ({
  listFields: activity.listFields ?? (async () => [...activity.fields]),
  identityFields: [],
  erases: true,
  fit: (write, { isNew }) => {
    const { values, leftOut } = takeWritable(activity, write.fields)
    const fields = Object.fromEntries(Object.entries(write.fields).filter(([key]) => !leftOut.includes(key)))
    return { write: { ...write, fields }, leftOut, obstacle: isNew ? findObstacle(activity, values) : null }
  },
  read: (id) => activity.read(id),
  match: async () => [],
  create: (write, around) => create(activity, write, around),
  update: (known, write) => update(activity, known, write),
  remove: (id) => activity.remove(id),
  ...(activity.archive && { archive: activity.archive }),
})

/** Looked for only where an earlier attempt may have made it. */
async function create(activity: Activity, write: SideWrite, around: WriteAround): Promise<Written> {
  const { contactId } = around
  if (!contactId) throw refused(`A ${activity.name} belongs to a contact, and none is linked to this record.`)
  const { values, note } = takeWritable(activity, write.fields)
  const obstacle = findObstacle(activity, values)
  if (obstacle) throw refused([obstacle, note].filter(Boolean).join(' '))
  const found = await findMade(activity, contactId, around)
  if (found) return { ...(await update(activity, found, write)), id: found.id }
  const record = await activity.create(contactId, withoutEmpty(values))
  return { id: record.id, effect: 'created', note, record }
}

async function update(activity: Activity, known: SyncRecord, write: SideWrite): Promise<Written> {
  const { values, note } = takeWritable(activity, write.fields)
  const differing = listDiffering(activity, known.fields, values)
  if (Object.keys(differing).length === 0) return { id: known.id, effect: 'unchanged', note, record: known }
  return { id: known.id, effect: 'updated', note, record: await activity.update(known.id, differing) }
}

async function findMade(activity: Activity, contactId: string, around: WriteAround): Promise<SyncRecord | undefined> {
  for (const attempt of around.unanswered ?? []) {
    const found = await findUnclaimed(await listMade(activity, contactId, attempt), around)
    if (found) return found
  }
  return undefined
}

async function listMade(activity: Activity, contactId: string, { sent, at, id }: Unanswered): Promise<SyncRecord[]> {
  if (id !== null) return [await activity.read(id)].filter((one) => one !== undefined)
  const same = await activity.listSame(contactId, takeWritable(activity, sent).values)
  return same.filter((one) => isMadeSince(one, at))
}

/** Both clocks may be wrong by so much. */
const CLOCKS_MS = 60_000

/** As far as its side says when it was made. */
const isMadeSince = ({ fields: { dateAdded } }: SyncRecord, at: number): boolean =>
  typeof dateAdded !== 'string' || !(Date.parse(dateAdded) < at - CLOCKS_MS)

/** Two that look the same may both be wanted: one that is another record's counterpart is passed over. */
async function findUnclaimed(candidates: SyncRecord[], { claim }: WriteAround): Promise<SyncRecord | undefined> {
  for (const candidate of candidates) if (await isFree(claim, candidate.id)) return candidate
  return undefined
}

function findObstacle({ name, fields }: Activity, values: FieldValues): string | null {
  const missing = fields.filter(({ key, required }) => required && (values[key] ?? '') === '').map(({ label }) => label)
  return missing.length > 0 ? `Your account takes no ${name} without: ${missing.join(', ')}.` : null
}

const withoutEmpty = (values: FieldValues): FieldValues =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null && value !== ''))

const refused = (detail: string): Trouble => new Trouble('rejected', { detail })
