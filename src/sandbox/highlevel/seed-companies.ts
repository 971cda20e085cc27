import type { Company, Location } from './data.ts'

type Place = Omit<Location, 'id' | 'companyId' | 'active' | 'allowDuplicateContact'>
type Staff = { name: string; email: string }

export type SeedLocation = { place: Place; admin: Staff; member: Staff }

export const SEED_COMPANIES: {
  name: string
  email: string
  owner: string
  relationshipNumber: string
  whitelabel: Company['whitelabel']
  locations: SeedLocation[]
}[] = [
  {
    name: 'Carmel Growth Agency',
    email: 'maya@carmel-growth.example',
    owner: 'Maya Levi',
    relationshipNumber: '0-002-230',
    whitelabel: null,
    locations: [
      {
        place: israel('Carmel Pilates', 'Noa', 'Bar', '+97248551200', 'HaNassi Blvd 104', 'Haifa', '3463610'),
        admin: { name: 'Noa Bar', email: 'noa@carmel-pilates.example' },
        member: { name: 'Eitan Gal', email: 'eitan@carmel-pilates.example' },
      },
      {
        place: israel('Galil Dental', 'Omer', 'Katz', '+97246921150', 'HaPalmach 12', 'Safed', '1320012'),
        admin: { name: 'Omer Katz', email: 'omer@galil-dental.example' },
        member: { name: 'Shira Dan', email: 'shira@galil-dental.example' },
      },
      {
        place: israel('Yafo Language School', 'Rami', 'Haddad', '+97236817400', 'Yefet 60', 'Tel Aviv-Yafo', '6803061'),
        admin: { name: 'Rami Haddad', email: 'rami@yafo-languages.example' },
        member: { name: 'Lina Saba', email: 'lina@yafo-languages.example' },
      },
    ],
  },
  {
    name: 'Northside Digital',
    email: 'jonas@northside-digital.example',
    owner: 'Jonas Weber',
    relationshipNumber: '0-004-517',
    whitelabel: { domain: 'app.northside-digital.example', logoUrl: 'https://northside-digital.example/logo.png' },
    locations: [
      {
        place: abroad('Alster Coaching', 'Heike', 'Brandt', '+4940556677', 'Jungfernstieg 7', 'Hamburg', 'DE', '20354'),
        admin: { name: 'Heike Brandt', email: 'heike@alster-coaching.example' },
        member: { name: 'Tim Vogel', email: 'tim@alster-coaching.example' },
      },
      {
        place: abroad('Lakeview Fitness', 'Dana', 'Reyes', '+13125550142', '210 Lake St', 'Chicago', 'US', '60601'),
        admin: { name: 'Dana Reyes', email: 'dana@lakeview-fitness.example' },
        member: { name: 'Chris Moore', email: 'chris@lakeview-fitness.example' },
      },
    ],
  },
]

function israel(
  name: string,
  firstName: string,
  lastName: string,
  phone: string,
  address: string,
  city: string,
  postalCode: string,
): Place {
  return place({
    name,
    firstName,
    lastName,
    phone,
    address,
    city,
    postalCode,
    country: 'IL',
    timezone: 'Asia/Jerusalem',
  })
}

function abroad(
  name: string,
  firstName: string,
  lastName: string,
  phone: string,
  address: string,
  city: string,
  country: 'DE' | 'US',
  postalCode: string,
): Place {
  const timezone = country === 'DE' ? 'Europe/Berlin' : 'America/Chicago'
  return place({ name, firstName, lastName, phone, address, city, postalCode, country, timezone })
}

function place(known: Omit<Place, 'email' | 'website'>): Place {
  const domain = `${known.name.toLowerCase().replaceAll(' ', '-')}.example`
  return { ...known, email: `hello@${domain}`, website: `https://${domain}` }
}
