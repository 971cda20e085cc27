import { z } from 'zod'
import { Trouble } from '../../lib/trouble.ts'

/**
 * Everything about ActiveTrail that is neither documented nor seen in a working client's code. What an account answers is
 * held against these shapes; where it does not fit, the owner is told so and nothing is guessed.
 */
export const INFERRED = {
  subscriptions: 'GET contacts/Subscription/… : the routes are known, what a row is called is not.',
  smsUnsubscribers: 'GET contacts/unsubscribers/sms: the route is known, what a row is called is not.',
  merges: 'GET contacts/merges: the route is known, what a row is called is not.',
  campaignReports: 'GET campaignreports: three properties of a row are known, what wraps the rows is not.',
  clicks: 'GET campaignreports/{id}/clickdetails: only the wrapper of the links is known.',
  clickers: 'GET campaignreports/{id}/clickdetails/{linkId}: only the route is known.',
  bounces: 'GET campaignreports/{id}/bounced: only the route is known.',
  smsReplies: 'GET 2waysms/getreplies: only the route is known.',
  smsReports: 'GET smscampaignreport/{id}/Delivered, Failed, Clickers: what a row is called is not known.',
  journeysEnded: 'GET automationreports/{id}/ContactsEnded: taken to answer as the documented ContactsStarted does.',
  pages: 'GET landingpage and signupforms: rows are taken to have an id, and perhaps a name.',
  campaigns: 'GET campaigns: rows are taken to have an id and a name, beside or inside their details.',
  scheduling: 'GET campaigns/{id}/scheduling: taken to answer what the same part of POST campaigns takes.',
  importAnswer: 'POST contacts/Import: taken to answer as the documented external/mailinglist call does.',
} as const

export type InferredName = keyof typeof INFERRED

/** Throws `unexpected_answer` where the account's answer does not bear the inference out. */
export function readInferred<Answer>(name: InferredName, shape: z.ZodType<Answer>, answer: unknown): Answer {
  const { data, error } = shape.safeParse(answer)
  if (!error) return data
  const what = INFERRED[name].split(':')[0]
  throw new Trouble('unexpected_answer', {
    detail: `ActiveTrail answers ${what} in a way that it does not document and Causeway does not know: this cannot be used with your account yet.`,
    cause: error,
  })
}

/** Bare, or as the only list of an object: reports are documented to wrap their rows, not always under which name. */
export const wrapped = <Row extends z.ZodType>(row: Row) => z.preprocess((answer) => onlyList(answer), z.array(row))

function onlyList(answer: unknown): unknown {
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) return answer
  const lists = Object.values(answer).filter((value) => Array.isArray(value))
  return lists.length === 1 ? lists[0] : answer
}

const text = z.string().nullish()
const id = z.union([z.int(), z.string().min(1)])
const hasWho = (row: { email?: unknown; sms?: unknown; phone_number?: unknown }): boolean =>
  Boolean(row.email || row.sms || row.phone_number)

/** Somebody, by e-mail address or number: an `id` of a row could be that of anything, and is not relied on. */
const person = z.looseObject({ email: text, sms: text, phone_number: text, first_name: text, last_name: text })

export const subscriptionRows = wrapped(
  person.extend({ status: z.union([z.string(), z.number()]).nullish() }).refine(hasWho),
)
export const personRows = wrapped(person.refine(hasWho))
export const mergeRows = wrapped(person.extend({ id: id.nullish() }).refine((row) => row.id || hasWho(row)))
export const campaignRows = wrapped(z.looseObject({ campaign_id: z.int(), campaign_name: text, last_sent_date: text }))
export const linkRows = z.object({ urls_clicked: z.array(z.looseObject({ link_id: id, url: text })) })
export const replyRows = wrapped(person.extend({ content: z.string() }).refine(hasWho))
export const campaignList = wrapped(
  z.looseObject({ id: z.int(), name: text, details: z.looseObject({ name: text }).nullish() }),
)
export const schedulingAnswer = z.looseObject({ is_sent: z.boolean() })
export const importAnswer = z.object({ success: z.int(), contact_errors: z.array(z.unknown()).nullish() })
export const pageRows = wrapped(z.looseObject({ id: z.int(), name: text }))

/**
 * Dates that say no zone are read as UTC, which is documented of those that end in `_utc` only; never later than now. What
 * has no date happened when it was noticed.
 */
export function momentOf(at: string | null | undefined, now: number): string {
  const hasZone = /(Z|[+-]\d{2}:?\d{2})$/.test(at ?? '')
  const time = Date.parse(at && !hasZone ? `${at.length === 10 ? `${at}T00:00:00` : at}Z` : (at ?? ''))
  return new Date(Number.isNaN(time) ? now : Math.min(time, now)).toISOString()
}
