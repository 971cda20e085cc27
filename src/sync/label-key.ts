import { composeText } from '../lib/compose-text.ts'
/** Tags that differ only in their capitals are one tag and stand for one label. */
export const labelKey = (tag: string): string => composeText(tag.trim()).toLowerCase()
