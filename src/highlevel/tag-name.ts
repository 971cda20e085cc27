/** What the platform makes of a tag's name. */
export const tagName = (tag: string): string => tag.trim().normalize('NFC').toLowerCase()
