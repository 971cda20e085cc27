/** Capitals do not tell two addresses apart. */
export const isSameEmail = (one: string | null | undefined, other: string | null | undefined): boolean =>
  Boolean(one && other) && normalEmail(one) === normalEmail(other)

const normalEmail = (email: string | null | undefined): string => (email ?? '').trim().toLowerCase()

/**
 * E.164, from the ways of writing that were seen ("+1 888-888-8888"); null for what names no country: such a number is
 * nobody's in particular.
 */
export function asNumber(phone: string | null | undefined): string | null {
  const digits = (phone ?? '')
    .trim()
    .replace(/^00/, '+')
    .replace(/[\s().\-/]/g, '')
  return /^\+[1-9]\d{6,14}$/.test(digits) ? digits : null
}
