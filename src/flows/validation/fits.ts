import type { FieldType } from '../../lib/field.ts'

/** `well`: always. `perhaps`: when the value is one; otherwise the field is left alone. Else: never. */
export type Fit = 'well' | 'perhaps' | 'never'

const NEEDS_LUCK: readonly FieldType[] = ['number', 'boolean', 'date', 'datetime', 'phone', 'email', 'option']

const FROM: Record<FieldType, { well: readonly FieldType[]; perhaps: readonly FieldType[] }> = {
  text: { well: ['text', 'list'], perhaps: NEEDS_LUCK },
  option: { well: ['text', 'list'], perhaps: NEEDS_LUCK },
  number: { well: ['text', 'number', 'list'], perhaps: ['boolean', 'phone', 'option'] },
  boolean: { well: ['text', 'boolean'], perhaps: ['option'] },
  date: { well: ['text', 'date', 'datetime'], perhaps: ['option'] },
  datetime: { well: ['text', 'date', 'datetime'], perhaps: ['option'] },
  phone: { well: ['text', 'phone', 'list'], perhaps: [] },
  email: { well: ['text', 'email', 'list'], perhaps: [] },
  list: { well: ['text', 'list'], perhaps: ['option', 'email', 'phone'] },
}

/** Whether values of one type can be those of another (see coerceValue). An option or list is not asked for its options here. */
export function fitOf(from: FieldType, to: FieldType): Fit {
  if (from === to || FROM[from].well.includes(to)) return 'well'
  return FROM[from].perhaps.includes(to) ? 'perhaps' : 'never'
}

export const TYPE_NAMES: Record<FieldType, string> = {
  text: 'a text',
  number: 'a number',
  boolean: 'yes or no',
  date: 'a date',
  datetime: 'a date with a time',
  phone: 'a phone number',
  email: 'an e-mail address',
  option: 'an option',
  list: 'a list',
}
