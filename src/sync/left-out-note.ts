import type { ContactPlan } from './plan-contact.ts'

export function leftOutNote({ leftOut }: ContactPlan): string | null {
  if (leftOut.length === 0) return null
  return `Left out, because it cannot be right: ${leftOut.map(words).join(', ')}. Correct it in your account.`
}

/** `dateOfBirth` as people say it. */
const words = (field: string): string => field.replace(/([A-Z]+|\d+)/g, ' $1').toLowerCase()
