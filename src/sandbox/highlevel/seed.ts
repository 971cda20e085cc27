import { generateKeyPairSync } from 'node:crypto'
import type { Company, Contact, CustomField, Data, Location, User } from './data.ts'
import { stableId } from './ids.ts'
import { SEED_COMPANIES, type SeedLocation } from './seed-companies.ts'
import { SEED_PEOPLE, type SeedPerson } from './seed-people.ts'

const SEEDED_AT = Date.UTC(2026, 0, 5, 8)
const HOUR_MS = 3_600_000

/** Two agencies with five locations, their people and their contacts. The same ids on every machine. */
export function seedData(): Data {
  const locations = SEED_COMPANIES.flatMap((company) => company.locations.map((one) => location(one, company.name)))
  const contacts = locations.flatMap((one, index) => contactsOf(one, index))
  return {
    version: 2,
    signingKey: newSigningKey(),
    clockOffset: 0,
    companies: SEED_COMPANIES.map(company),
    locations,
    users: SEED_COMPANIES.flatMap(usersOf),
    contacts,
    tasks: [],
    notes: [],
    appointments: [],
    opportunities: [],
    customFields: locations.flatMap(customFieldsOf),
    tags: locations.flatMap((one) => tagsOf(one, contacts)),
    enrolments: [],
    installs: [],
    codes: [],
    tokens: [],
    deliveries: [],
  }
}

function newSigningKey(): Data['signingKey'] {
  const pair = generateKeyPairSync('ed25519')
  return {
    publicPem: pair.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    privatePem: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

const company = (seed: (typeof SEED_COMPANIES)[number]): Company => ({
  id: stableId(seed.name),
  name: seed.name,
  email: seed.email,
  relationshipNumber: seed.relationshipNumber,
  plan: 'agency_monthly_497',
  whitelabel: seed.whitelabel,
})

const location = (seed: SeedLocation, companyName: string): Location => ({
  ...seed.place,
  id: stableId(seed.place.name),
  companyId: stableId(companyName),
  active: true,
  allowDuplicateContact: false,
})

function usersOf(seed: (typeof SEED_COMPANIES)[number]): User[] {
  const companyId = stableId(seed.name)
  const person = (name: string, email: string, rest: Pick<User, 'type' | 'role' | 'locationIds'>): User => {
    const [firstName = name, lastName = ''] = name.split(' ')
    return { id: stableId(email), companyId, firstName, lastName, email, phone: '', ...rest }
  }
  const staff = seed.locations.flatMap(({ place, admin, member }) => {
    const locationIds = [stableId(place.name)]
    return [
      person(admin.name, admin.email, { type: 'account', role: 'admin', locationIds }),
      person(member.name, member.email, { type: 'account', role: 'user', locationIds }),
    ]
  })
  return [person(seed.owner, seed.email, { type: 'agency', role: 'admin', locationIds: [] }), ...staff]
}

const fieldId = (locationId: string, name: string): string => stableId(`${locationId} ${name}`)

function customFieldsOf({ id: locationId }: Location): CustomField[] {
  const field = (name: string, dataType: string, position: number, picklistOptions: string[] = []): CustomField => ({
    id: fieldId(locationId, name),
    locationId,
    model: 'contact',
    name,
    fieldKey: `contact.${name.toLowerCase().replaceAll(' ', '_')}`,
    dataType,
    placeholder: '',
    position,
    picklistOptions,
  })
  return [
    field('Favourite service', 'TEXT', 50),
    field('Visits', 'NUMERICAL', 100),
    field('Member since', 'DATE', 150),
    field('Plan', 'SINGLE_OPTIONS', 200, ['Basic', 'Plus', 'Premium']),
  ]
}

/** Every location gets its own six: the list is walked on from where the location before stopped. */
function contactsOf(place: Location, index: number): Contact[] {
  return SEED_PEOPLE.slice(index * 6, index * 6 + 6).map((person, position) =>
    contact(place, person, SEEDED_AT + (index * 6 + position) * HOUR_MS),
  )
}

function contact(place: Location, person: SeedPerson, addedAt: number): Contact {
  const { visits, memberSince, plan, service, ...fields } = person
  const values = { Visits: visits, 'Member since': memberSince, Plan: plan, 'Favourite service': service }
  return {
    ...fields,
    id: stableId(`${place.id} ${person.firstName} ${person.lastName}`),
    locationId: place.id,
    country: place.country,
    timezone: place.timezone,
    customFields: Object.entries(values).flatMap(([name, value]) =>
      value === undefined ? [] : [{ id: fieldId(place.id, name), value }],
    ),
    dnd: false,
    dndSettings: {},
    dateAdded: new Date(addedAt).toISOString(),
    dateUpdated: new Date(addedAt).toISOString(),
  }
}

function tagsOf({ id: locationId }: Location, contacts: Contact[]): Data['tags'] {
  const names = contacts.filter((one) => one.locationId === locationId).flatMap((one) => one.tags)
  return [...new Set(names)].map((name) => ({ id: stableId(`${locationId} tag ${name}`), locationId, name }))
}
