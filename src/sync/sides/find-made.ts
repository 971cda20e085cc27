import type { ObjectType } from '../../connectors/connector.ts'
import type { PartnerCalls } from '../partner-calls.ts'
import { isFree } from './is-free.ts'
import { toSyncRecord } from './partner-record.ts'
import type { SyncRecord, Unanswered, WriteAround } from './side.ts'

/** What an earlier attempt left behind, unless it is another record's counterpart. */
export async function findMade(
  calls: PartnerCalls,
  { sync, find }: Required<Pick<ObjectType<object>, 'sync' | 'find'>>,
  unanswered: readonly Unanswered[],
  claim: WriteAround['claim'],
): Promise<SyncRecord | undefined> {
  for (const { sent, id: known } of unanswered) {
    const id = known ?? (await calls.lookUp({ action: sync.create, input: sent }))?.id
    const record = id ? await find(calls.open.context, { id }) : undefined
    if (record && !record.isDeleted && (await isFree(claim, record.id))) return toSyncRecord(record, sync)
  }
  return undefined
}
