import { createTable } from '../support/table.ts'
import type { Data } from './data.ts'

/** What grows with the number of customers: kept beside the rest of the data so that size does not slow an answer. */
export type Tables = ReturnType<typeof openTables>

export const openTables = ({
  locations,
  contacts,
  tasks,
  notes,
  appointments,
  opportunities,
  installs,
  tokens,
}: TableData) => ({
  locations: createTable(locations, ({ id }) => id, { companyId: ({ companyId }) => companyId }),
  contacts: createTable(contacts, ({ id }) => id, {
    locationId: ({ locationId }) => locationId,
    email: ({ locationId, email }) => (email ? emailKey(locationId, email) : undefined),
    secondEmail: ({ locationId, secondEmail }) => (secondEmail ? emailKey(locationId, secondEmail) : undefined),
    phone: ({ locationId, phone }) => (phone ? phoneKey(locationId, phone) : undefined),
  }),
  tasks: createTable(tasks, ({ id }) => id, ofContact),
  notes: createTable(notes, ({ id }) => id, ofContact),
  appointments: createTable(appointments, ({ id }) => id, ofContact),
  opportunities: createTable(opportunities, ({ id }) => id, ofContact),
  installs: createTable(installs, installKey, {
    locationId: ({ locationId }) => locationId ?? undefined,
    companyId: ({ companyId }) => companyId,
  }),
  tokens: createTable(tokens, ({ refreshToken }) => refreshToken, {
    accessToken: ({ accessToken }) => accessToken,
    locationId: ({ locationId }) => locationId ?? undefined,
    companyId: ({ companyId }) => companyId,
  }),
})

type TableData = Pick<
  Data,
  'locations' | 'contacts' | 'tasks' | 'notes' | 'appointments' | 'opportunities' | 'installs' | 'tokens'
>

/** What belongs to a contact. */
const ofContact = {
  locationId: ({ locationId }: { locationId: string }) => locationId,
  contactId: ({ contactId }: { contactId: string }) => contactId,
}

export const installKey = ({ companyId, locationId }: { companyId: string; locationId: string | null }): string =>
  `${companyId} ${locationId ?? ''}`

export const emailKey = (locationId: string, email: string): string => `${locationId} ${email.toLowerCase()}`

/** "+1 888-888-8888" and "+18888888888" are one number; without a country code it is another. */
export const phoneKey = (locationId: string, phone: string): string => `${locationId} ${phone.replace(/[^\d+]/g, '')}`
