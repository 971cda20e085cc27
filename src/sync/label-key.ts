/** Tags that differ only in their capitals are one tag and stand for one label. */
export const labelKey = (tag: string): string => tag.trim().normalize('NFC').toLowerCase()
