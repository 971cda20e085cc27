import type { SyncStep } from '../connectors/flow-definition.ts'
import type { FoundItem } from '../highlevel/search-any-of.ts'
import type { Field, FieldValue, FieldValues } from '../lib/field.ts'
import { directionsOf } from './directions.ts'
import { fieldsOf } from './fields-of.ts'
import type { HeldPair } from './hold-pair.ts'
import { planRecord } from './plan/plan-record.ts'
import { isNothing } from './plan/record-plan.ts'
import type { RunContext } from './run-context.ts'
import { contactRecord } from './sides/contact-record.ts'
import type { SyncRecord } from './sides/side.ts'

type Pair = {
  held: HeldPair
  /** The partner's record. */
  source: SyncRecord
  /** Its counterpart, as a search showed it. */
  item: FoundItem
  /** All that the account has. */
  fields: readonly Field[]
}

/** Whether nothing is to be written on either side, by what a search shows of the contact. In doubt it is not. */
export function isPairInStep(ctx: RunContext, step: SyncStep, pair: Pair): boolean {
  const { held, source } = pair
  const object = ctx.open.connector.objects.find(({ key }) => key === step.object)
  const highlevel = contactAsShown(pair)
  if (!object || !held.base || held.link.halted || !highlevel) return false
  if (step.labels.kind !== 'none' && source.labels === undefined) return false
  const { writes, disputes, problems } = planRecord({
    directions: directionsOf(step, ctx),
    ...{ highlevel, partner: source, base: held.base },
    fields: fieldsOf(object),
    erases: { highlevel: true, partner: true },
    around: ctx.around,
  })
  return isNothing(writes.highlevel) && isNothing(writes.partner) && disputes.length + problems.length === 0
}

/** The clock of the platform is not ours. */
const CLOCKS_DIFFER_MS = 5000

/**
 * The search shows names in small letters. They are those that both sides agreed on if they are the same letters and the contact
 * was not changed since. Undefined where that cannot be told.
 */
function contactAsShown({ held: { link, base }, item, fields }: Pair): SyncRecord | undefined {
  const { contact, firstNameLowerCase, lastNameLowerCase } = item
  const agreed = base?.highlevel ?? {}
  const isUntouched =
    contact.updatedAt !== null &&
    link.syncedAt !== null &&
    contact.updatedAt <= link.syncedAt.getTime() + CLOCKS_DIFFER_MS
  if (contact.isDeleted || !isUntouched) return undefined
  const names = { firstName: firstNameLowerCase, lastName: lastNameLowerCase }
  const isOther = (key: keyof typeof names): boolean => key in agreed && !isSameName(agreed[key], names[key])
  if (isOther('firstName') || isOther('lastName') || 'name' in agreed) return undefined
  const { firstName, lastName, name, ...shown } = contactRecord(contact, fields).fields
  const known: FieldValues = { ...shown }
  for (const key of ['firstName', 'lastName'] as const) if (key in agreed) known[key] = agreed[key] ?? null
  return { ...contactRecord(contact, fields), fields: known }
}

const isSameName = (agreed: FieldValue | undefined, shown: string | null): boolean =>
  String(agreed ?? '')
    .trim()
    .toLowerCase() === (shown ?? '').toLowerCase()
