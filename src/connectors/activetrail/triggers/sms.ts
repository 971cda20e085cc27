import type { Field } from '../../../lib/field.ts'
import type { PollTrigger } from '../../connector.ts'
import { type ActiveTrailClient, type ActiveTrailCredentials, EVER } from '../client.ts'
import { personRows, readInferred, replyRows } from '../inferred.ts'
import type { Source } from '../polling/place.ts'
import { pollTrigger } from '../polling/poll-trigger.ts'
import type { SweepAround, Watch } from '../polling/round.ts'
import { keyOf } from '../polling/row.ts'
import { chosenId, recently, source } from '../polling/sources.ts'
import { smsCampaignsAnswer } from '../schemas.ts'
import { identityOf, personFields, personRow } from './fields.ts'

const option: Field = { key: 'sms_campaign_id', label: 'SMS campaign (blank: those of the last month)', type: 'text' }
const info: Field[] = [
  { key: 'sms_campaign_id', label: 'ActiveTrail id of the SMS campaign', type: 'text' },
  { key: 'sms_campaign_name', label: 'SMS campaign', type: 'text' },
]

/** Each costs at least a call in each sweep. */
const MOST_CAMPAIGNS = 10

const replies: Watch = {
  tells: 'appeared',
  sources: async (_client, around) => [source('/2waysms/getreplies', { query: { FromDate: recently(around) } })],
  read: (answer) => ({
    rows: readInferred('smsReplies', replyRows, answer).map((row) => {
      const at = typeof row.date_created_utc === 'string' ? row.date_created_utc : null
      const key = keyOf(identityOf(row), row.id ?? null, at, row.content)
      return personRow(row, { key, at, data: { content: row.content } })
    }),
  }),
}

const report = (name: 'Delivered' | 'Failed' | 'Clickers'): Watch => ({
  tells: 'appeared',
  sources: async (client, around) => await campaignReports(client, around, name),
  read: (answer) => ({
    rows: readInferred('smsReports', personRows, answer).map((person) => personRow(person)),
  }),
})

async function campaignReports(client: ActiveTrailClient, around: SweepAround, name: string): Promise<Source[]> {
  const chosen = chosenId(around.options, option.key)
  if (chosen) return [reportOf({ id: chosen }, name, true)]
  const query = { FromDate: recently(around), Limit: 100 }
  const { sms_campaign: campaigns } = await client.get('/smscampaign/Campaign', query, smsCampaignsAnswer)
  const latest = campaigns.sort((one, other) => other.id - one.id).slice(0, MOST_CAMPAIGNS)
  return latest.map((campaign) => reportOf(campaign, name, false))
}

function reportOf(
  { id, name }: { id: string | number; name?: string | null | undefined },
  report: string,
  isChosen: boolean,
): Source {
  const about = { sms_campaign_id: String(id), sms_campaign_name: name ?? null }
  return source(`/smscampaignreport/${id}/${report}`, { key: String(id), query: { FromDate: EVER }, about, isChosen })
}

const aboutSms = (key: string, name: string, watch: Watch) =>
  pollTrigger({ key, name, object: 'contact', options: [option], fields: [...personFields, ...info], watch })

export const smsTriggers: PollTrigger<ActiveTrailCredentials>[] = [
  pollTrigger({
    key: 'sms_reply_received',
    name: 'SMS reply received',
    object: 'contact',
    fields: [...personFields, { key: 'content', label: 'Text', type: 'text' }],
    watch: replies,
  }),
  aboutSms('sms_delivered', 'SMS delivered', report('Delivered')),
  aboutSms('sms_failed', 'SMS failed', report('Failed')),
  aboutSms('sms_link_clicked', 'Link in an SMS clicked', report('Clickers')),
]
