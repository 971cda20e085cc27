import { z } from 'zod'
import { parse } from './contact-body.ts'

/** Only `contact_change` is documented; what else there is, nobody has published. */
const EVENT_TYPES = ['contact_change'] as const
const PLACES = ['header', 'query', 'body'] as const
/** The second one's name is inferred: documented is only that a value may come from the column that `user_field` names. */
const VALUE_TYPES = ['custom_text', 'user_field'] as const

const parameter = z.object({
  key: z.string().trim().min(1, 'The Key field is required.'),
  value: z.string().nullish(),
  event_value_type: z.enum(VALUE_TYPES),
  user_field: z.string().nullish(),
  event_parameter_type: z.enum(PLACES),
})

const webhook = z.object({
  name: z.string().trim().min(1, 'The Name field is required.'),
  url: z.url({ protocol: /^https?$/, error: 'The Url field is not a valid address.' }),
  event_type: z.enum(EVENT_TYPES),
  format: z.literal('json').default('json'),
  is_active: z.boolean().default(true),
  parameters: z.array(parameter).default([]),
})

export type WebhookBody = z.infer<typeof webhook>
export type WebhookChange = { [Name in keyof WebhookBody]?: WebhookBody[Name] | undefined }
export type ParameterBody = z.infer<typeof parameter>

export const parseWebhookBody = (body: unknown): WebhookBody => parse(webhook, body)
/** PUT changes what it names and nothing else. */
export const parseWebhookChange = (body: unknown): WebhookChange =>
  parse(
    webhook.partial().transform((change) => onlyNamed(change, body)),
    body,
  )
export const parseParameterBody = (body: unknown): ParameterBody => parse(parameter, body)

/** Without what only the defaults put there. */
const onlyNamed = <T extends object>(change: T, body: unknown): T =>
  Object.fromEntries(Object.entries(change).filter(([name]) => name in Object(body))) as T
