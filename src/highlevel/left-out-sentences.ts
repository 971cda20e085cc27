import type { Field } from '../lib/field.ts'

export type LeftOut = {
  /** Keys of fields, or properties, that were not taken. */
  leftOut: readonly string[]
  /** Keys of fields that were sent and are not there. */
  lost?: readonly string[]
  isNumberTaken?: boolean
  /** The e-mail address is a further one of the contact: writing it would put it in the place of the first. */
  isSecondAddress?: boolean
  fields: readonly Field[]
}

/** What the owner should know of what did not arrive, else undefined. */
export function leftOutSentences({
  leftOut,
  lost = [],
  isNumberTaken,
  isSecondAddress,
  fields,
}: LeftOut): string | undefined {
  const labels = (keys: readonly string[]): string => keys.map((key) => labelOf(key, fields)).join(', ')
  const isCompanyLeft = leftOut.includes('companyName')
  const others = leftOut.filter((key) => key !== 'companyName')
  const sentences = [
    isCompanyLeft &&
      'The company was left out: your account changes it only for a contact that it can tell by its e-mail address or phone number.',
    others.length > 0 && `Left out, because your account does not take it: ${labels(others)}.`,
    isNumberTaken && 'The phone number was left out: in your account it belongs to another contact.',
    isSecondAddress && 'The e-mail address was left out: it is a further address of this contact already.',
    lost.length > 0 && `Sent, but not kept by your account: ${labels(lost)}.`,
  ]
  return sentences.filter(Boolean).join(' ') || undefined
}

const labelOf = (key: string, fields: readonly Field[]): string =>
  fields.find((field) => field.key === key)?.label ?? (key === 'customFields' ? 'fields of your account' : key)
