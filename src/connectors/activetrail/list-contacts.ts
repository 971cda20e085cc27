import { z } from 'zod'
import type { PartnerRecord } from '../connector.ts'
import { type ActiveTrailContext, createClient, EVER, ROWS_PER_PAGE } from './client.ts'
import { recordOf } from './find-contact.ts'
import { contactAnswer } from './schemas.ts'

/** Unless told otherwise, the list shows active contacts only. */
const EVERYTHING = { CustomerStates: 'ALL', FromDate: EVER, Limit: ROWS_PER_PAGE }

const place = z.object({ page: z.int().min(1), firstId: z.int() })

/**
 * The account's contacts (GET contacts). Whether the first page is 0 or 1 is documented both ways. It is asked for without a
 * number, and page 1 after it: that is the same one once more, which is passed over, or the second one. Page 2 is next either
 * way. The list has no total, and ends with a page that is not full.
 */
export async function listContactRecords(
  context: ActiveTrailContext,
  { cursor }: { cursor: string | null },
): Promise<{ records: PartnerRecord[]; cursor: string | null }> {
  const from = cursor === null ? undefined : place.parse(JSON.parse(cursor))
  const query = { ...EVERYTHING, ...(from && { Page: from.page }) }
  const rows = await createClient(context).get('/contacts', query, z.array(contactAnswer))
  const firstId = from?.firstId ?? rows[0]?.id ?? 0
  const isFirstAgain = from?.page === 1 && rows[0]?.id === firstId
  const isLast = rows.length < ROWS_PER_PAGE
  return {
    records: isFirstAgain ? [] : rows.map(recordOf),
    cursor: isLast ? null : JSON.stringify({ page: (from?.page ?? 0) + 1, firstId }),
  }
}
