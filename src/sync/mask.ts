/**
 * A record as the history shows it: enough to see which value went where, too little to learn it. Flags, states and dates
 * of no person stay readable.
 */
export const maskRecord = (record: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, maskValue(name, value)]))

const OPEN = /(^|_)(status|is_|id$|ids$)|^is_/

function maskValue(name: string, value: unknown): unknown {
  if (typeof value === 'boolean' || value === null || OPEN.test(name)) return value
  if (Array.isArray(value)) return value.map((item) => maskValue(name, item))
  return typeof value === 'object' ? maskRecord(value as Record<string, unknown>) : maskText(String(value))
}

/** The first character of each side of an address, the last two digits of a number, the first letter of a text. */
function maskText(text: string): string {
  const [local, domain] = text.split('@')
  if (local && domain) return `${first(local)}•••@${first(domain)}•••`
  return /^[+\d][\d\s().-]{5,}$/.test(text) ? `•••${text.slice(-2)}` : `${first(text)}•••`
}

const first = (text: string): string => [...text][0] ?? ''
