/** Whom a sample is about. */
export type About = {
  locationId: string
  companyId: string
  contactId: string
  userId: string
  recordId: string
  at: string
}

/** The fields of an event as its page shows them, without the envelope. */
export type Sample = (about: About) => Record<string, unknown>

/** The same page for each of these types. */
export const likewise = (types: string[], sample: Sample): Record<string, Sample> =>
  Object.fromEntries(types.map((type) => [type, sample]))
