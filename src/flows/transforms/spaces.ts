import type { FieldValue } from '../../lib/field.ts'
import { onTexts } from './on-texts.ts'

/** Text → text without spaces around it; of a list every entry (see onTexts). */
export const trimText = (value: FieldValue): { value: FieldValue } => onTexts(value, (text) => text.trim())

/** Text → text in which every run of spaces, tabs and line breaks is one space; of a list every entry (see onTexts). */
export const collapseSpaces = (value: FieldValue): { value: FieldValue } =>
  onTexts(value, (text) => text.split(/\s/).filter(Boolean).join(' '))
