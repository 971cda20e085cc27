import { z } from 'zod'

/** ActiveTrail docs: GET account/balance. Newer answers also carry "coupons". */
const credits = z.object({ credits: z.number() })
export const balanceAnswer = z.object({ email: credits, sms: credits.nullish() })

/** GET account/contactFields: the two properties seen in a client. */
export const fieldLabelsAnswer = z.array(
  z.object({ field_display_name: z.string().nullish(), field_source_column: z.string().nullish() }),
)
export type FieldLabels = z.infer<typeof fieldLabelsAnswer>

/** Statuses are sent by name or by number; both may come back. */
const STATUS_NAMES = ['None', 'Subscribed', 'Unsubscribed', 'Pending']
const status = z.union([z.string(), z.number().transform((number) => STATUS_NAMES[number] ?? String(number))]).nullish()

export const contactAnswer = z.looseObject({
  id: z.int(),
  email: z.string().nullish(),
  sms: z.string().nullish(),
  state: z.string().nullish(),
  status,
  sms_status: status,
  is_do_not_mail: z.boolean().nullish(),
  is_deleted: z.boolean().nullish(),
})
export type Contact = z.infer<typeof contactAnswer>

/** ActiveTrail docs: GET groups. */
export const groupAnswer = z.looseObject({ id: z.int(), name: z.string() })
export type Group = z.infer<typeof groupAnswer>

/** ActiveTrail docs: GET and POST webhooks. */
export const webhookAnswer = z.looseObject({ id: z.int(), url: z.string().nullish() })
export const webhooksAnswer = z.array(webhookAnswer)

/** Bare, or with a count: clients disagree about the members of a group. */
export const contactListAnswer = z.union([
  z.array(contactAnswer),
  z.object({ contacts: z.array(contactAnswer) }).transform(({ contacts }) => contacts),
])

export const groupListAnswer = z.array(groupAnswer)

const name = z.string().nullish()

/** ActiveTrail docs: GET campaignreports/{id}/opens. */
export const opensAnswer = z.object({
  opens: z.number().nullish(),
  total_open: z.number().nullish(),
  campaign_opens: z.array(z.looseObject({ email: z.string(), first_name: name, last_name: name })),
})

/** ActiveTrail docs: GET campaignreports/{id}/unsubscribed. */
export const unsubscribesAnswer = z.object({
  total_items: z.number().nullish(),
  unsubscribes: z.array(
    z.looseObject({
      email: z.string(),
      first_name: name,
      last_name: name,
      customer_reason: z.string().nullish(),
      unsubscribe_date: z.string().nullish(),
    }),
  ),
})

/** ActiveTrail docs: GET automationreports/{id}/ContactsStarted. */
export const journeyContactsAnswer = z.object({
  total_items: z.number().nullish(),
  contacts_steps: z.array(
    z.looseObject({
      customer_id: z.int(),
      first_name: name,
      last_name: name,
      email: z.string().nullish(),
      sms: z.string().nullish(),
      date_created_utc: z.string().nullish(),
    }),
  ),
})

/** ActiveTrail docs: GET automations. */
export const automationAnswer = z.looseObject({
  id: z.int(),
  details: z.looseObject({ name }).nullish(),
})

/** GET smscampaign/Campaign, as clients read it. */
export const smsCampaignsAnswer = z.object({ sms_campaign: z.array(z.looseObject({ id: z.int(), name })) })

/** ActiveTrail docs: POST smscampaign/OperationalMessage. */
export const smsMessageAnswer = z.looseObject({ id: z.int() })

/** What creates answer: the created object. */
export const madeAnswer = z.looseObject({ id: z.int() })
