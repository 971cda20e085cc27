import { likewise, type Sample } from './sample.ts'

/** HighLevel docs: Location and User webhooks. A location is named by `id` alone. */
export const placeSamples: Record<string, Sample> = {
  ...likewise(['LocationCreate', 'LocationUpdate'], ({ locationId, companyId }) => ({
    id: locationId,
    companyId,
    name: 'Jack Mulder',
    email: 'jack@example.com',
    stripeProductId: 'prod_xyz123abc',
  })),
  ...likewise(['UserCreate', 'UserUpdate', 'UserDelete'], ({ locationId, recordId }) => ({
    locationId,
    id: recordId,
    firstName: 'John',
    lastName: 'Deo',
    email: 'john@example.com',
    phone: '+919509597501',
    extension: '',
    role: 'admin',
    permissions: { adwordsReportingEnabled: false, contactsEnabled: true },
    locations: [locationId],
  })),
}
