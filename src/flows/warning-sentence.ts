import type { FieldType } from '../lib/field.ts'
import { changeOf } from './warning-of.ts'
import type { StoredWarning } from './warning-store.ts'

/** What happened and what to do, for the owner. `place`: the partner's name, or how the owner's own account is called. */
export function warningSentence(warning: StoredWarning, place: string): string {
  const change = changeOf(warning)
  if (!change) return driftSentence(warning)
  const field = `“${change.label}”`
  switch (change.kind) {
    case 'removed':
      return `The field ${field} is no longer there in ${place}. Choose another one for this flow, or take it out.`
    case 'read_only':
      return `The field ${field} in ${place} can no longer be written. Take it out of this flow.`
    case 'renamed':
      return `The field ${field} in ${place} is now called “${change.to}”. If it means something else now, change this flow.`
    case 'retyped':
      return `The field ${field} in ${place} held ${WORDS[change.from]} and now holds ${WORDS[change.to]}. Look whether this flow still fits.`
    case 'options_lost':
      return `The field ${field} in ${place} no longer offers ${change.options.map((option) => `“${option}”`).join(', ')}. Look whether this flow still fits.`
  }
}

const driftSentence = ({ details }: StoredWarning): string => {
  const fields = Array.isArray(details.fields) ? details.fields : []
  const where = fields.length > 0 ? `, in ${fields.map((field) => `“${field}”`).join(', ')}` : ''
  return `Of ${details.compared} linked records that were compared, ${details.different} are not as this flow would make them${where}. Change one of them and look what happens, or import them again.`
}

const WORDS: Record<FieldType, string> = {
  text: 'text',
  number: 'numbers',
  boolean: 'yes or no',
  date: 'dates',
  datetime: 'moments',
  phone: 'phone numbers',
  email: 'e-mail addresses',
  option: 'one of several options',
  list: 'lists',
}
