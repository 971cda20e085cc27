import type { OpenConnection } from '../connections/open-connection.ts'
import { listContacts } from '../highlevel/list-contacts.ts'
import { listLinkedIds } from './drift/drift-store.ts'
import { toSyncRecord } from './sides/partner-record.ts'
import { platformSide } from './sides/platform-side.ts'
import type { SyncRecord } from './sides/side.ts'
import type { SyncDeps } from './sync-deps.ts'

export type SampleInput = {
  tenantId: string
  locationId: string
  open: OpenConnection
  side: 'highlevel' | 'partner'
  object: string
  /** Null: any. */
  recordId: string | null
}

/**
 * A record as it is now, to show what a flow would make of it: the one that is named; else one that is linked, or the one that
 * was added last. Undefined where there is none, or such records cannot be read. Throws `Trouble`.
 */
export async function readSample(deps: SyncDeps, input: SampleInput): Promise<SyncRecord | undefined> {
  const id = input.recordId ?? (await findLinked(deps, input)) ?? (await findAny(deps, input))
  if (id === undefined) return undefined
  if (input.side === 'partner') return readPartner(input, id)
  if (input.object !== 'contact') return undefined
  return platformSide(deps, input, input.object).read(id, { withLabels: true })
}

const findLinked = (
  { database }: SyncDeps,
  { tenantId, open, object, side }: SampleInput,
): Promise<string | undefined> =>
  database.asTenant(tenantId, async (db) => {
    const [ids] = await listLinkedIds(db, { connectionId: open.connection.id, object, after: null, most: 1 })
    return side === 'highlevel' ? ids?.highLevelId : ids?.partnerId
  })

async function findAny(deps: SyncDeps, { tenantId, locationId, open, side, object }: SampleInput) {
  if (side === 'partner') {
    const list = open.connector.objects.find(({ key }) => key === object)?.list
    return (await list?.(open.context, { cursor: null }))?.records[0]?.id
  }
  if (object !== 'contact') return undefined
  const newest = { locationId, limit: 1, direction: 'desc', from: { page: 1 } } as const
  return (await listContacts(deps.tenantApi(tenantId, 'interactive'), newest)).contacts[0]?.id
}

async function readPartner({ open, object }: SampleInput, id: string): Promise<SyncRecord | undefined> {
  const type = open.connector.objects.find(({ key }) => key === object)
  const record = await type?.find?.(open.context, { id })
  return record && toSyncRecord(record, type?.sync ?? {})
}
