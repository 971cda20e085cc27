import type { z } from 'zod'
import type { ConsentRule, MappingRow } from '../connectors/connector.ts'
import { mapRecord } from '../flows/map-record.ts'
import type { Contact } from '../highlevel/contacts.ts'
import { canonicalJson } from '../lib/canonical-json.ts'
import { fitRecord } from './fit-record.ts'
import { labelKey } from './label-key.ts'

/** What both sides agreed on when they were last in step. Labels by their key. */
export type Base = { record: Record<string, unknown>; labels: string[] }

export type ContactPlan = {
  record: Record<string, unknown>
  /** Fields of the contact whose value the partner would refuse. */
  leftOut: string[]
  /** Why a contact that is not there yet cannot be made there, else null. */
  obstacle: string | null
  /** False when the partner has this record already: an echo, or a change of something that is not mapped. */
  write: boolean
  labels: LabelChanges
}

export type PlanInput = {
  contact: Contact
  rows: readonly MappingRow[]
  consent: ConsentRule
  /** What the partner takes. */
  input: z.ZodType
  /** Whether tags travel as labels. */
  labelled: boolean
  base: Base | undefined
}

/** What has to be done for the partner to agree with HighLevel. Pure: decides by content, never by time. */
export function planContact({ contact, rows, consent, input, labelled, base }: PlanInput): ContactPlan {
  const fitted = fitRecord(input, { ...mapRecord(rows, contact.fields), ...restrictions(contact, consent) })
  const sourceOf = (target: string): string => rows.find((row) => row.target === target)?.source ?? target
  return {
    ...fitted,
    leftOut: fitted.leftOut.map(sourceOf),
    write: base === undefined || canonicalJson(fitted.record) !== canonicalJson(base.record),
    labels: labelChanges(labelled ? contact.tags : [], base?.labels ?? []),
  }
}

const restrictions = ({ doNotDisturb }: Contact, consent: ConsentRule): Record<string, unknown> => ({
  ...(doNotDisturb.email && consent.email),
  ...(doNotDisturb.sms && consent.sms),
  ...(doNotDisturb.all && consent.all),
})

/** Tags to be added, and keys of labels to be removed. */
export type LabelChanges = { add: string[]; remove: string[] }

/** Only labels that came from a tag leave with it; what was given there stays. */
export const labelChanges = (tags: readonly string[], labels: readonly string[]): LabelChanges => ({
  add: tags.filter((tag) => !labels.includes(labelKey(tag))),
  remove: labels.filter((label) => !tags.some((tag) => labelKey(tag) === label)),
})

export const isInStep = ({ write, labels }: ContactPlan): boolean =>
  !write && labels.add.length === 0 && labels.remove.length === 0
