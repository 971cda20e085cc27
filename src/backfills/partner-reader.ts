import type { ConnectorContext, ObjectType, PartnerRecord } from '../connectors/connector.ts'
import { Trouble } from '../lib/trouble.ts'
import { toSyncRecord } from '../sync/sides/partner-record.ts'
import type { SourcePage, SourceReader } from './source-reader.ts'

export type PartnerReaderDeps = {
  object: ObjectType<object>
  context: ConnectorContext
}

/**
 * A partner's records, by its own list. Such a list may shift while it is read, and most do not say what changed: so it is read
 * a second time as a whole, and whatever did not change since costs nothing but its page. Deleted ones are not brought over.
 */
export function partnerReader(deps: PartnerReaderDeps): SourceReader {
  const read = async (cursor: string | null): Promise<SourcePage> => {
    const { list } = deps.object
    if (!list) throw new Trouble('rejected', { detail: `Records of this kind cannot be listed there.` })
    const page = await list(deps.context, { cursor })
    if (page.cursor !== null && page.cursor === cursor) throw new Trouble('unexpected_answer', { detail: NO_WAY_ON })
    const living = page.records.filter(({ isDeleted }) => !isDeleted)
    return { records: living.map((one) => toSource(deps, one)), cursor: page.cursor, total: null }
  }
  return {
    sample: async (most) => {
      const { records, cursor } = await read(null)
      const total = cursor === null ? records.length : null
      return { records: records.slice(0, most), total }
    },
    readAll: read,
    readAgain: (_since, cursor) => read(cursor),
  }
}

const NO_WAY_ON = 'The list did not say how to go on.'

const toSource = ({ object: { sync } }: PartnerReaderDeps, record: PartnerRecord) => ({
  id: record.id,
  ...(sync && { record: toSyncRecord(record, sync) }),
})
