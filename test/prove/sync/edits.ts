import type { ConflictPolicy } from '../../../src/connectors/flow-definition.ts'
import type { SideName } from '../../../src/sync/plan/record-plan.ts'

/** HighLevel's name of a field, ActiveTrail's name of it, and who is right when both changed it. */
export const FIELDS = {
  firstName: { there: 'first_name', policy: 'highlevel' },
  lastName: { there: 'last_name', policy: 'partner' },
  address1: { there: 'street', policy: 'last_writer' },
  city: { there: 'city', policy: 'ask' },
  postalCode: { there: 'zip_code', policy: 'merge' },
  email: { there: 'email', policy: 'last_writer' },
} as const satisfies Record<string, { there: string; policy: ConflictPolicy }>

export type FieldName = keyof typeof FIELDS
export const FIELD_NAMES = Object.keys(FIELDS) as FieldName[]

export const POLICIES: Record<string, ConflictPolicy> = Object.fromEntries(
  FIELD_NAMES.map((name) => [name, FIELDS[name].policy]),
)

export const LABELS = ['vip', 'fair', 'lead', 'press']

export const CHANNELS = ['email', 'sms', 'all'] as const
export type Channel = (typeof CHANNELS)[number]

/** What somebody does to a contact on one side. A person keeps the number, and that tells who is who. */
export type Edit = { side: SideName; person: number } & (
  | { do: 'create'; values: Values; labels: string[] }
  | { do: 'write'; values: Values }
  | { do: 'label'; add: string[]; remove: string[] }
  | { do: 'opt out'; channel: Channel }
  | { do: 'delete' }
  /** Of something that no flow carries. */
  | { do: 'touch' }
) & {
    /** No webhook tells of it: a later one of the same contact has to make up for that. */
    isUnheard?: true
  }

export type Values = Partial<Record<FieldName, string>>

/**
 * What is done before everything is quiet once more. `at once`: all of it before either side is told of anything, so that the
 * policies decide. `freely`: while the product works, but each field and label of a contact is changed on one side only, so
 * that its last edit has to win.
 */
export type Round = { kind: 'at once' | 'freely'; edits: Edit[] }

export const emailOf = (tenant: number, person: number): string => `p${person}.t${tenant}@both.example`
export const phoneOf = (tenant: number, person: number): string => `+97252${1_000_000 + tenant * 1000 + person}`
