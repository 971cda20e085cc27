import { z } from 'zod'
import { Refusal } from './refusal.ts'

const text = z.string().nullable()
const date = z
  .string()
  .refine((value) => value === '' || !Number.isNaN(Date.parse(value)), 'The value is not a date.')
  .nullable()
const whole = z.number().int().nullable()
const names = ['None', 'Subscribed', 'Unsubscribed', 'Pending'] as const
/** Callers send the name or its number. */
const status = z.union([z.enum(names), z.literal([0, 1, 2, 3]).transform((number) => names[number])])

const numbered = <Type extends z.ZodType>(prefix: string, count: number, type: Type): Record<string, Type> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`${prefix}${index + 1}`, type]))

const detailTypes: Record<string, z.ZodType<string | number | null>> = {
  first_name: text,
  last_name: text,
  street: text,
  city: text,
  zip_code: text,
  phone1: text,
  phone2: text,
  fax: text,
  birthday: date,
  anniversary: date,
  subscribe_ip: text,
  ...numbered('ext', 25, text),
  ...numbered('encryptedext', 4, text),
  ...numbered('date', 5, date),
  ...numbered('num', 5, whole),
}

export const detailNames = Object.keys(detailTypes)

/** Unknown properties are passed over silently, as the real serialiser does. */
const contactBody = z.object({
  email: z.string().refine(isAddress, 'The e-mail address is not valid.').nullable().optional(),
  sms: text.optional(),
  status: status.optional(),
  sms_status: status.optional(),
  is_do_not_mail: z.boolean().optional(),
  is_deleted: z.boolean().optional(),
  ...z.object(detailTypes).partial().shape,
})

const memberBody = contactBody.extend({
  campaign_id: z.int().optional(),
  is_trigger_events: z.boolean().optional(),
  is_solve_merge: z.boolean().optional(),
})

const groupBody = z.object({ name: z.string().trim().min(1, 'The Name field is required.') })

export type ContactBody = z.infer<typeof contactBody> & Record<string, unknown>
export type MemberBody = z.infer<typeof memberBody> & Record<string, unknown>

export const parseContactBody = (body: unknown): ContactBody => parse(contactBody, body)
export const parseMemberBody = (body: unknown): MemberBody => parse(memberBody, body)
export const parseGroupBody = (body: unknown): { name: string } => parse(groupBody, body)

function isAddress(value: string): boolean {
  return value === '' || /^[^\s@]+@[^\s@]+$/.test(value)
}

export function parse<Output>(schema: z.ZodType<Output>, body: unknown): Output {
  const parsed = schema.safeParse(body)
  if (parsed.success) return parsed.data
  const properties: Record<string, string[]> = {}
  for (const issue of parsed.error.issues) {
    const property = issue.path.join('.') || 'body'
    properties[property] = [...(properties[property] ?? []), issue.message]
  }
  throw new Refusal('InvalidResource', properties)
}
