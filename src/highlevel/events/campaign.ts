import { z } from 'zod'
import { type EventKind, eventKinds } from './event-kind.ts'
import { flag, id, text } from './field-types.ts'

/** HighLevel docs: Campaign Status Update. `id` is the campaign; the contact is the one whose standing in it changed. */
const fields = z.object({ id, contactId: id, status: text, templateId: id, replied: flag, dateAdded: text })

export const campaignKinds: readonly EventKind[] = eventKinds(
  { group: 'campaign', object: 'campaign', needs: 'campaigns.readonly', fields },
  { CampaignStatusUpdate: { trigger: 'highlevel.campaign_status_changed' } },
)
