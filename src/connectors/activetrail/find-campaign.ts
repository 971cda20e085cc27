import { z } from 'zod'
import { type ActiveTrailClient, EVER } from './client.ts'
import { campaignList, readInferred } from './inferred.ts'

/** The campaign of exactly this name, however old. */
export async function findCampaign(client: ActiveTrailClient, name: string): Promise<{ id: string } | undefined> {
  const query = { SearchTerm: name, FromDate: EVER, Limit: 100 }
  const rows = readInferred('campaigns', campaignList, await client.get('/campaigns', query, z.unknown()))
  const found = rows.find((row) => (row.name ?? row.details?.name)?.trim() === name)
  return found && { id: String(found.id) }
}
