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
