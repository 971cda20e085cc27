import type { ConsentRule, MappingRow } from '../connectors/connector.ts'
import { mapRecord } from '../flows/map-record.ts'
import type { Contact } from '../highlevel/contacts.ts'
import { canonicalJson } from '../lib/canonical-json.ts'

/** What both sides agreed on when they were last in step. */
export type Base = { record: Record<string, unknown>; labels: string[] }

export type ContactPlan = {
  record: Record<string, unknown>
  /** False when the partner has this record already: an echo, or a change of something that is not mapped. */
  write: boolean
  addLabels: string[]
  removeLabels: string[]
}

export type PlanInput = {
  contact: Contact
  rows: readonly MappingRow[]
  consent: ConsentRule
  /** Whether tags travel as labels. */
  labelled: boolean
  base: Base | undefined
}

/** What has to be done for the partner to agree with HighLevel. Pure: decides by content, never by time. */
export function planContact({ contact, rows, consent, labelled, base }: PlanInput): ContactPlan {
  const record = { ...mapRecord(rows, contact.fields), ...restrictions(contact, consent) }
  const tags = labelled ? contact.tags : []
  const labels = base?.labels ?? []
  return {
    record,
    write: base === undefined || canonicalJson(record) !== canonicalJson(base.record),
    addLabels: tags.filter((tag) => !labels.includes(tag)),
    // Only labels that came from a tag leave with it; what was given there stays.
    removeLabels: labels.filter((label) => !tags.includes(label)),
  }
}

const restrictions = ({ doNotDisturb }: Contact, consent: ConsentRule): Record<string, unknown> => ({
  ...(doNotDisturb.email && consent.email),
  ...(doNotDisturb.sms && consent.sms),
  ...(doNotDisturb.all && consent.all),
})
