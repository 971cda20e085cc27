import { composeText } from '../lib/compose-text.ts'
/** What the platform makes of a tag's name. */
export const tagName = (tag: string): string => composeText(tag.trim()).toLowerCase()
