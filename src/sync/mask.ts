/**
 * A record as the history shows it: enough to see that a value went where it should, too little to learn it. Readable are
 * only flags, states and numeric ids; every other text, number or date may be somebody's.
 */
export const maskRecord = (record: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [maskName(name), maskValue(name, value)]))

/** Property names come from schemas; one that does not look like it may be anything. */
export const maskName = (name: string): string => (/^[a-z][a-z0-9_]{0,63}$/i.test(name) ? name : HIDDEN)

export const HIDDEN = '•••'

function maskValue(name: string, value: unknown): unknown {
  if (typeof value === 'boolean' || value === null || value === undefined) return value
  if (Array.isArray(value)) return value.map((item) => maskValue(name, item))
  if (typeof value === 'object') return maskRecord(value as Record<string, unknown>)
  const text = String(value)
  return isOpen(name, text) ? value : maskText(text)
}

const STATES = new Set(['none', 'subscribed', 'unsubscribed', 'pending', 'active', 'inactive', 'permanent'])

const isOpen = (name: string, text: string): boolean =>
  (/(^|_)ids?$/.test(name) && /^\d{1,12}$/.test(text)) || (/(^|_)status$/.test(name) && STATES.has(text.toLowerCase()))

/** The first letter of a longer text, or of each side of an address; the last two digits of a telephone number. */
export function maskText(text: string): string {
  const [local, domain] = text.split('@')
  if (local !== undefined && domain !== undefined) return `${firstOf(local)}${HIDDEN}@${HIDDEN}`
  if (/^\+?(\d[\s().-]*){9,15}$/.test(text)) return `${HIDDEN}${text.trim().slice(-2)}`
  return `${firstOf(text)}${HIDDEN}`
}

/** Of a short text even one letter says too much, and of a number one digit. */
function firstOf(text: string): string {
  const letters = [...text.trim()]
  const first = letters[0] ?? ''
  return letters.length > 3 && /\p{L}/u.test(first) ? first : ''
}
