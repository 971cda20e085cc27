import type { Field } from '../../../lib/field.ts'
import type { PollTrigger } from '../../connector.ts'
import { type ActiveTrailCredentials, readAnswer } from '../client.ts'
import { campaignRows, personRows, readInferred } from '../inferred.ts'
import { pollTrigger } from '../polling/poll-trigger.ts'
import type { Watch } from '../polling/round.ts'
import { keyOf } from '../polling/row.ts'
import { recently, source } from '../polling/sources.ts'
import { opensAnswer, unsubscribesAnswer } from '../schemas.ts'
import { campaignInfo, campaignOption, linkReports, reportsOf } from './campaign-reports.ts'
import { identityOf, personFields, personRow } from './fields.ts'

const sent: Watch = {
  tells: 'appeared',
  sources: async (_client, around) => [source('/campaignreports', { query: { FromDate: recently(around) } })],
  read: (answer) => ({
    rows: readInferred('campaignReports', campaignRows, answer)
      .filter((row) => row.last_sent_date)
      .map((row) => ({
        key: `${row.campaign_id}-${keyOf(row.last_sent_date)}`,
        who: { id: String(row.campaign_id) },
        at: row.last_sent_date ?? null,
        data: { campaign_id: String(row.campaign_id), campaign_name: row.campaign_name ?? null },
      })),
  }),
}

const opened: Watch = {
  tells: 'appeared',
  sources: reportsOf('opens'),
  read: (answer) => {
    const { campaign_opens: people, opens } = readAnswer(opensAnswer, answer)
    return { rows: people.map((person) => personRow(person)), total: opens ?? undefined }
  },
}

const unsubscribed: Watch = {
  tells: 'appeared',
  sources: reportsOf('unsubscribed'),
  read: (answer) => {
    const { unsubscribes, total_items } = readAnswer(unsubscribesAnswer, answer)
    const rows = unsubscribes.map((row) => {
      const key = keyOf(identityOf(row), row.unsubscribe_date)
      return personRow(row, { key, at: row.unsubscribe_date ?? null, data: { reason: row.customer_reason || null } })
    })
    return { rows, total: total_items ?? undefined }
  },
}

const clicked: Watch = {
  tells: 'appeared',
  sources: linkReports,
  read: (answer) => ({ rows: readInferred('clickers', personRows, answer).map((person) => personRow(person)) }),
}

const bounced: Watch = {
  tells: 'appeared',
  sources: reportsOf('bounced'),
  read: (answer) => ({ rows: readInferred('bounces', personRows, answer).map((person) => personRow(person)) }),
}

const aboutCampaign = (key: string, name: string, watch: Watch, more: Field[] = []) =>
  pollTrigger({
    key,
    name,
    object: 'contact',
    options: [campaignOption],
    fields: [...personFields, ...campaignInfo, ...more],
    watch,
  })

export const campaignTriggers: PollTrigger<ActiveTrailCredentials>[] = [
  pollTrigger({ key: 'campaign_sent', name: 'Campaign sent', object: 'campaign', fields: campaignInfo, watch: sent }),
  aboutCampaign('campaign_opened', 'Campaign opened', opened),
  aboutCampaign('campaign_link_clicked', 'Link in a campaign clicked', clicked, [
    { key: 'link', label: 'Link', type: 'text' },
  ]),
  aboutCampaign('campaign_unsubscribed', 'Unsubscribed by a campaign', unsubscribed, [
    { key: 'reason', label: 'Reason', type: 'text' },
  ]),
  aboutCampaign('campaign_bounced', 'Campaign bounced', bounced),
]
