/** One after another; null when there are none. */
export const sentences = (...parts: (string | null | undefined)[]): string | null =>
  parts.filter(Boolean).join(' ') || null
