import { z } from 'zod'
import { type ActiveTrailClient, orNotFound, ROWS_PER_PAGE } from '../client.ts'
import type { Place, Source, Sweep } from './place.ts'
import { keyOf, type Listed, type Row } from './row.ts'

type Page = { rows: Row[]; isLast: boolean; isAsBefore: boolean }
type Reading = {
  client: ActiveTrailClient
  place: Place
  sweep: Sweep
  source: Source
  read(answer: unknown): Listed
}

/** The sweep's next page. Learns how pages are counted when it first has to turn one. */
export async function readPage(reading: Reading): Promise<Page> {
  const { place, sweep } = reading
  if (sweep.page === 0) return await readFirst(reading)
  if (place.firstPage === null) return await learn(reading)
  return laterPage(sweep, await get(reading, sweep.page + place.firstPage))
}

/** Without a number: both ways of counting then begin at the beginning. */
async function readFirst(reading: Reading): Promise<Page> {
  const { place, sweep, source } = reading
  const { rows, total } = await get(reading)
  sweep.digest =
    total === undefined
      ? null
      : keyOf(
          total,
          rows.map(({ key }) => key),
        )
  const isAsBefore = sweep.digest !== null && place.known[source.key]?.digest === sweep.digest
  return { rows, isLast: rows.length < ROWS_PER_PAGE, isAsBefore }
}

/** Page 1 is either what came without a number, or what comes after it. */
async function learn(reading: Reading): Promise<Page> {
  const { place, sweep } = reading
  const second = await get(reading, 1)
  const found = new Set(sweep.found)
  const repeated = second.rows.filter(({ key }) => found.has(key)).length
  const isFirstAgain = second.rows.length > 0 && repeated * 2 > second.rows.length
  place.firstPage = isFirstAgain ? 1 : 0
  return laterPage(sweep, isFirstAgain ? await get(reading, 2) : second)
}

/** A list that takes no notice of the page's number would have no end. */
function laterPage(sweep: Sweep, { rows }: Listed): Page {
  const found = new Set(sweep.found)
  const isRepeated = rows.every(({ key }) => found.has(key))
  return { rows, isLast: rows.length < ROWS_PER_PAGE || isRepeated, isAsBefore: false }
}

async function get({ client, source, read }: Reading, page?: number): Promise<Listed> {
  const query = { ...source.query, ...(page !== undefined && { Page: page }), Limit: ROWS_PER_PAGE }
  const answer = client.get(source.path, query, z.unknown())
  if (source.isChosen) return read(await answer)
  const found = await orNotFound(answer.then((value) => ({ value })))
  return found ? read(found.value) : { rows: [] }
}
