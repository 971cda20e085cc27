import { z } from 'zod'
import { parse } from './contact-body.ts'

/** The names are those that clients of POST campaigns send. */
const details = z.object({
  name: z.string().trim().min(1, 'The Name field is required.'),
  subject: z.string().trim().min(1, 'The Subject field is required.'),
  user_profile_id: z.int('The UserProfileId field is required.'),
  preheader: z.string().nullish(),
})
const scheduling = z.object({ is_sent: z.boolean(), scheduled_date_utc: z.string().nullish() })

const campaign = z.object({
  details,
  design: z.object({ content: z.string().nullish(), language_type: z.string().nullish() }).nullish(),
  template: z.object({ id: z.int() }).nullish(),
  segment: z.object({ group_ids: z.array(z.int()).min(1, 'The GroupIds field is required.') }),
  scheduling: scheduling.nullish(),
})

/** Whom an existing campaign is sent to. */
const recipients = z
  .object({ contacts_ids: z.array(z.int()).default([]), contacts_emails: z.array(z.string()).default([]) })
  .refine((body) => body.contacts_ids.length + body.contacts_emails.length > 0, 'Nobody is named.')

export type CampaignBody = z.infer<typeof campaign>
export type CampaignChange = { scheduling: z.infer<typeof scheduling> }

export const parseCampaignBody = (body: unknown): CampaignBody => parse(campaign, body)
export const parseScheduling = (body: unknown): CampaignChange['scheduling'] => parse(scheduling, body)
export const parseRecipients = (body: unknown): z.infer<typeof recipients> => parse(recipients, body)
