import { z } from 'zod'
import type { Field } from '../../../lib/field.ts'
import { type ActiveTrailClient, EVER } from '../client.ts'
import { campaignRows, linkRows, readInferred } from '../inferred.ts'
import type { Source } from '../polling/place.ts'
import type { SweepAround } from '../polling/round.ts'
import { chosenId, recently, source } from '../polling/sources.ts'

export const campaignOption: Field = {
  key: 'campaign_id',
  label: 'Campaign (blank: those of the last month)',
  type: 'text',
}

export const campaignInfo: Field[] = [
  { key: 'campaign_id', label: 'ActiveTrail id of the campaign', type: 'text' },
  { key: 'campaign_name', label: 'Campaign', type: 'text' },
]

/** Each costs at least a call in each sweep. */
const MOST_CAMPAIGNS = 10

type Campaign = { id: string; name: string | null; sentAt: string | null; isChosen: boolean }

/** A report of the campaign that the owner chose, or of each that was sent in the last month. */
export const reportsOf =
  (report: string) =>
  async (client: ActiveTrailClient, around: SweepAround): Promise<Source[]> =>
    (await campaignsOf(client, around)).map((campaign) => reportOf(campaign, report))

/** One for each link in each campaign. */
export async function linkReports(client: ActiveTrailClient, around: SweepAround): Promise<Source[]> {
  const reports: Source[] = []
  for (const campaign of await campaignsOf(client, around)) {
    const clicks = reportOf(campaign, 'clickdetails')
    const answer = await client.get(clicks.path, clicks.query, z.unknown())
    for (const { link_id: id, url } of readInferred('clicks', linkRows, answer).urls_clicked) {
      const about = { ...clicks.about, link: url ?? null }
      const path = `${clicks.path}/${encodeURIComponent(id)}`
      // A link is in the report from its first click on, which is news.
      reports.push({ ...clicks, key: `${campaign.id}:${id}`, path, about, began: null })
    }
  }
  return reports
}

function reportOf({ id, name, sentAt, isChosen }: Campaign, report: string): Source {
  const about = { campaign_id: id, campaign_name: name }
  const path = `/campaignreports/${id}/${report}`
  return source(path, { key: id, query: { FromDate: EVER }, about, began: sentAt, isChosen })
}

async function campaignsOf(client: ActiveTrailClient, around: SweepAround): Promise<Campaign[]> {
  const chosen = chosenId(around.options, campaignOption.key)
  if (chosen) return [{ id: chosen, name: null, sentAt: null, isChosen: true }]
  const query = { FromDate: recently(around), Limit: 100 }
  const answer = await client.get('/campaignreports', query, z.unknown())
  return readInferred('campaignReports', campaignRows, answer)
    .map((row) => ({
      id: String(row.campaign_id),
      name: row.campaign_name ?? null,
      sentAt: row.last_sent_date ?? null,
      isChosen: false,
    }))
    .sort((one, other) => (other.sentAt ?? '').localeCompare(one.sentAt ?? '') || Number(other.id) - Number(one.id))
    .slice(0, MOST_CAMPAIGNS)
}
