import { composeText } from '../../lib/compose-text.ts'
/** Texts with the same key are the same to an owner: spaces around them, capitals and ways to write an accent do not count. */
export const textKey = (text: string): string => composeText(composeText(text.trim()).toLowerCase())
