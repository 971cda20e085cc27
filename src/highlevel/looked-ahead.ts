import { asNumber } from './identity.ts'
import type { FoundItem, Sought } from './search-any-of.ts'

type Person = { email: string | null; phone: string | null }

/** What one search said of many contacts, in a location that refuses duplicates. */
export type LookedAhead = {
  /**
   * Nobody had the address or the number when it was searched. No proof: whoever relies on it writes by the call that is refused
   * where somebody is there. Never said of a number alone, by which the search was seen to miss (issue 289).
   */
  isNobody(person: Person): boolean
  /** Ids of who has the address. */
  withEmail(email: string): string[]
  item(contactId: string): FoundItem | undefined
}

export function lookedAhead(sought: readonly Sought[], found: readonly FoundItem[]): LookedAhead {
  const asked = new Set(sought.map(({ field, value }) => keyOf(field, value)))
  const byKey = Map.groupBy(
    found.flatMap((item) => keysOf(item).map((key) => ({ key, id: item.contact.id }))),
    ({ key }) => key,
  )
  const byId = new Map(found.map((item) => [item.contact.id, item]))
  const isFree = (key: string): boolean => asked.has(key) && !byKey.has(key)
  return {
    isNobody: ({ email, phone }) => {
      const number = asNumber(phone)
      return email !== null && isFree(keyOf('email', email)) && (number === null || isFree(keyOf('phone', number)))
    },
    withEmail: (email) => (byKey.get(keyOf('email', email)) ?? []).map(({ id }) => id),
    item: (contactId) => byId.get(contactId),
  }
}

const keysOf = ({ contact: { fields, additionalEmails } }: FoundItem): string[] => {
  const number = asNumber(fields.phone)
  const addresses = [...(fields.email ? [fields.email] : []), ...additionalEmails]
  return [...addresses.map((email) => keyOf('email', email)), ...(number ? [keyOf('phone', number)] : [])]
}

const keyOf = (field: Sought['field'], value: string): string => `${field} ${value.trim().toLowerCase()}`
