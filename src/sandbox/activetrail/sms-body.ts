import { z } from 'zod'
import { parse } from './contact-body.ts'

/** ActiveTrail docs: POST smscampaign/OperationalMessage. Live callers send 0 as the profile together with a name. */
const message = z
  .object({
    details: z.object({
      name: z.string().trim().min(1, 'The Name field is required.'),
      content: z.string().min(1, 'The Content field is required.'),
      from_name: z
        .string()
        .regex(/^[A-Za-z]{1,11}$/, 'FromName takes up to 11 English letters.')
        .nullish(),
      sms_sending_profile_id: z.int().nullish(),
      can_unsubscribe: z.boolean().nullish(),
      unsubscribe_text: z.string().nullish(),
    }),
    scheduling: z.object({ send_now: z.boolean(), scheduled_date_utc: z.string().nullish() }),
    mobiles: z.array(z.object({ phone_number: z.string().min(1) })).min(1, 'The Mobiles field is required.'),
  })
  .refine(
    ({ details }) => details.from_name || details.sms_sending_profile_id,
    'Either FromName or SmsSendingProfileId is required.',
  )

export type SmsBody = z.infer<typeof message>
export const parseSmsBody = (body: unknown): SmsBody => parse(message, body)
