import { z } from 'zod'
import type { Field } from '../../../lib/field.ts'
import type { Action, ActionResult } from '../../connector.ts'
import { type ActiveTrailContext, type ActiveTrailCredentials, createClient } from '../client.ts'
import { findCampaign } from '../find-campaign.ts'
import { readInferred, schedulingAnswer } from '../inferred.ts'
import { madeAnswer } from '../schemas.ts'
import { filledInObject, id, sendAt, text, toUtc } from './inputs.ts'

const GROUPS = 'Name the groups that it goes to, by their ids.'
const draft = z.strictObject({
  name: text,
  subject: text,
  user_profile_id: id,
  group_ids: z.array(id, GROUPS).min(1, GROUPS),
  preheader: text.optional(),
})
type Draft = z.infer<typeof draft>

const draftFields: Field[] = [
  { key: 'name', label: 'Name', type: 'text', required: true },
  { key: 'subject', label: 'Subject', type: 'text', required: true },
  { key: 'user_profile_id', label: 'Sender profile', type: 'text', required: true },
  { key: 'group_ids', label: 'Groups', type: 'list', required: true },
  { key: 'preheader', label: 'Preview text', type: 'text' },
]

const contentInput = draft.extend({ content: text })
const templateInput = draft.extend({ template_id: id })

export const createCampaignDraft: Action<ActiveTrailCredentials, z.infer<typeof contentInput>> = {
  key: 'create_campaign_draft',
  name: 'Create campaign draft',
  description: 'Creates a draft with this content, unless there is a campaign of exactly this name. Nothing is sent.',
  object: 'campaign',
  fields: [...draftFields, { key: 'content', label: 'Content (HTML)', type: 'text', required: true }],
  input: filledInObject(contentInput),
  repeat: 'repeatable',
  run: (context, { content, ...input }) => make(context, input, { design: { content, language_type: 'UTF_8' } }),
}

export const createCampaignFromTemplate: Action<ActiveTrailCredentials, z.infer<typeof templateInput>> = {
  key: 'create_campaign_from_template',
  name: 'Create campaign from template',
  description: 'Creates a draft from a template, unless there is a campaign of exactly this name. Nothing is sent.',
  object: 'campaign',
  fields: [...draftFields, { key: 'template_id', label: 'Template', type: 'text', required: true }],
  input: filledInObject(templateInput),
  repeat: 'repeatable',
  run: (context, { template_id, ...input }) => make(context, input, { template: { id: template_id } }),
}

/** The name is what tells drafts apart, so that one whose answer was lost is not made twice. */
async function make(context: ActiveTrailContext, input: Draft, content: object): Promise<ActionResult> {
  const client = createClient(context)
  const known = await findCampaign(client, input.name)
  if (known) return { id: known.id, effect: 'unchanged', note: 'ActiveTrail has a campaign of this name already.' }
  const { group_ids, ...details } = input
  const body = { details, ...content, segment: { group_ids }, scheduling: { is_sent: false } }
  const made = await client.post('/campaigns', body, madeAnswer)
  return { id: String(made.id), effect: 'created' }
}

const schedule = z.strictObject({ campaign_id: id, send_at: sendAt.optional() })

export const scheduleCampaign: Action<ActiveTrailCredentials, z.infer<typeof schedule>> = {
  key: 'schedule_campaign',
  name: 'Send or schedule campaign',
  description: 'Sends a draft to its groups, at once or at a time. What was sent or scheduled already stays as it is.',
  object: 'campaign',
  fields: [
    { key: 'campaign_id', label: 'Campaign', type: 'text', required: true },
    { key: 'send_at', label: 'When (blank: at once)', type: 'datetime' },
  ],
  input: filledInObject(schedule),
  repeat: 'repeatable',
  async run(context, { campaign_id, send_at }) {
    const client = createClient(context)
    const path = `/campaigns/${campaign_id}/scheduling`
    const { is_sent } = readInferred('scheduling', schedulingAnswer, await client.get(path, {}, z.unknown()))
    if (is_sent) return { id: String(campaign_id), effect: 'unchanged', note: 'It was sent or scheduled already.' }
    await client.put(path, { is_sent: true, ...(send_at && { scheduled_date_utc: toUtc(send_at) }) })
    return { id: String(campaign_id), effect: 'updated' }
  },
}
