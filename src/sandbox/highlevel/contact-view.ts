import type { Contact } from './data.ts'

export const fullName = (contact: Contact): string =>
  [contact.firstName, contact.lastName].filter((part) => part !== undefined).join(' ')

/** As GET by id, update and upsert answer. Keys without a value are absent. */
export function contactView(contact: Contact): object {
  const { inboundDndSettings, followers, secondEmail, ...stored } = contact
  return withoutEmpty({
    ...stored,
    ...lowerCased(contact),
    name: fullName(contact),
    type: 'lead',
    inboundDndSettings,
    ...(secondEmail && { additionalEmails: [{ email: secondEmail }] }),
  })
}

/** As POST /contacts/ answers: no `name`, and `deleted`. */
export function createdContactView(contact: Contact): object {
  const { timezone, inboundDndSettings, followers, secondEmail, ...stored } = contact
  return withoutEmpty({ ...stored, ...lowerCased(contact), type: 'lead', deleted: false })
}

/** Search items have names of their own: lower-cased names, businessName, address. */
export function searchItemView(contact: Contact, cursor: unknown[]): object {
  const { firstName, lastName, companyName, address1, followers = [], secondEmail, ...stored } = contact
  const { firstNameLowerCase, lastNameLowerCase } = lowerCased(contact)
  return {
    ...withoutEmpty({ ...stored, firstNameLowerCase, lastNameLowerCase, businessName: companyName, address: address1 }),
    type: 'lead',
    tags: contact.tags,
    customFields: contact.customFields,
    additionalEmails: secondEmail ? [{ email: secondEmail }] : [],
    additionalPhones: [],
    followers,
    searchAfter: cursor,
  }
}

const lowerCased = (contact: Contact) => ({
  firstNameLowerCase: contact.firstName?.toLowerCase(),
  lastNameLowerCase: contact.lastName?.toLowerCase(),
  fullNameLowerCase: fullName(contact).toLowerCase(),
  emailLowerCase: contact.email?.toLowerCase(),
})

export const withoutEmpty = (fields: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== ''))
