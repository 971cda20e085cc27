import type { ContactText, Location } from './data.ts'

export type SeedPerson = Partial<Record<ContactText, string>> & {
  tags: string[]
  visits?: string
  memberSince?: string
  plan?: string
  service?: string
}

type Place = Omit<Location, 'id' | 'companyId' | 'active' | 'allowDuplicateContact'>
type Staff = { name: string; email: string }

export type SeedLocation = { place: Place; admin: Staff; member: Staff }

export const SEED_COMPANIES: {
  name: string
  email: string
  owner: string
  relationshipNumber: string
  locations: SeedLocation[]
}[] = [
  {
    name: 'Carmel Growth Agency',
    email: 'maya@carmel-growth.example',
    owner: 'Maya Levi',
    relationshipNumber: '0-002-230',
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

/** Six for each location, in the order of the locations above. */
export const SEED_PEOPLE: SeedPerson[] = [
  {
    firstName: 'נועה',
    lastName: 'כהן',
    email: 'noa.cohen@mail.example',
    phone: '+972541234501',
    city: 'Haifa',
    tags: ['lead'],
    visits: '3',
    plan: 'Basic',
  },
  {
    firstName: 'יוסי',
    lastName: 'מזרחי',
    email: 'yossi.m@mail.example',
    phone: '+972541234502',
    city: 'Haifa',
    tags: ['member', 'newsletter'],
    visits: '41',
    memberSince: '2024-03-01',
    plan: 'Premium',
  },
  {
    firstName: 'Tamar',
    lastName: 'Shalev',
    email: 'tamar.shalev@mail.example',
    phone: '+972541234503',
    tags: ['newsletter'],
    service: 'Reformer',
  },
  { firstName: 'אברהם', lastName: 'פרץ', phone: '+972541234504', city: 'Nesher', tags: [] },
  {
    firstName: 'Michal',
    lastName: 'Ben-David',
    email: 'michal.bd@mail.example',
    address1: 'Horev 15',
    city: 'Haifa',
    tags: ['member'],
    visits: '12',
    memberSince: '2025-09-14',
    plan: 'Plus',
  },
  {
    firstName: 'Ofir',
    lastName: 'Nahum',
    email: 'ofir.nahum@mail.example',
    phone: '+972541234506',
    source: 'facebook form',
    tags: ['lead', 'trial'],
  },

  {
    firstName: 'דנה',
    lastName: 'ביטון',
    email: 'dana.biton@mail.example',
    phone: '+972521110011',
    city: 'Safed',
    tags: ['patient'],
    visits: '5',
    plan: 'Basic',
  },
  {
    firstName: 'Amir',
    lastName: 'Khoury',
    email: 'amir.khoury@mail.example',
    phone: '+972521110012',
    city: 'Akko',
    tags: ['patient', 'recall'],
    visits: '9',
    memberSince: '2023-11-20',
  },
  { firstName: 'רות', lastName: 'אזולאי', email: 'ruth.azoulay@mail.example', tags: ['newsletter'] },
  {
    firstName: 'Gil',
    lastName: 'Peretz',
    email: 'gil.peretz@mail.example',
    phone: '+972521110014',
    address1: 'Jerusalem 3',
    city: 'Safed',
    tags: ['lead'],
    service: 'Whitening',
  },
  { firstName: 'שרה', lastName: 'גולן', phone: '+972521110015', city: 'Rosh Pina', tags: ['patient'], plan: 'Plus' },
  {
    firstName: 'Adi',
    lastName: 'Regev',
    email: 'adi.regev@mail.example',
    phone: '+972521110016',
    source: 'website',
    tags: [],
  },

  {
    firstName: 'ליאור',
    lastName: 'חדד',
    email: 'lior.hadad@mail.example',
    phone: '+972503330021',
    tags: ['student', 'arabic'],
    visits: '22',
    memberSince: '2025-02-02',
    plan: 'Plus',
  },
  {
    firstName: 'Sami',
    lastName: 'Nasser',
    email: 'sami.nasser@mail.example',
    phone: '+972503330022',
    tags: ['student', 'hebrew'],
    visits: '18',
    plan: 'Basic',
  },
  { firstName: 'Eden', lastName: 'Mor', email: 'eden.mor@mail.example', tags: ['lead'], service: 'Spanish evenings' },
  {
    firstName: 'יעל',
    lastName: 'שפירא',
    email: 'yael.shapira@mail.example',
    phone: '+972503330024',
    companyName: 'שפירא ושות׳',
    tags: ['student', 'business'],
    plan: 'Premium',
  },
  { firstName: 'Nadav', lastName: 'Stern', phone: '+972503330025', city: 'Holon', tags: ['lead', 'trial'] },
  {
    firstName: 'Rana',
    lastName: 'Awad',
    email: 'rana.awad@mail.example',
    phone: '+972503330026',
    tags: ['newsletter'],
  },

  {
    firstName: 'Anke',
    lastName: 'Schröder',
    email: 'anke.schroeder@mail.example',
    phone: '+4915112345601',
    city: 'Hamburg',
    tags: ['client'],
    visits: '7',
    memberSince: '2025-05-05',
    plan: 'Plus',
  },
  {
    firstName: 'Björn',
    lastName: 'Petersen',
    email: 'bjoern.petersen@mail.example',
    phone: '+4915112345602',
    tags: ['client', 'newsletter'],
    visits: '14',
  },
  {
    firstName: 'Çigdem',
    lastName: 'Yilmaz',
    email: 'cigdem.yilmaz@mail.example',
    phone: '+4915112345603',
    companyName: 'Yilmaz GmbH',
    tags: ['lead'],
  },
  {
    firstName: 'Lukas',
    lastName: 'Frank',
    email: 'lukas.frank@mail.example',
    tags: ['newsletter'],
    service: 'Career change',
  },
  {
    firstName: 'Maren',
    lastName: 'Koch',
    phone: '+4915112345605',
    address1: 'Elbchaussee 40',
    city: 'Hamburg',
    tags: [],
  },
  {
    firstName: 'Ole',
    lastName: 'Jansen',
    email: 'ole.jansen@mail.example',
    phone: '+4915112345606',
    source: 'referral',
    tags: ['client'],
    plan: 'Premium',
  },

  {
    firstName: 'Aisha',
    lastName: 'Grant',
    email: 'aisha.grant@mail.example',
    phone: '+13125550161',
    city: 'Chicago',
    tags: ['member'],
    visits: '60',
    memberSince: '2022-01-10',
    plan: 'Premium',
  },
  {
    firstName: 'Ben',
    lastName: 'Ortiz',
    email: 'ben.ortiz@mail.example',
    phone: '+13125550162',
    tags: ['member', 'newsletter'],
    visits: '25',
    plan: 'Basic',
  },
  {
    firstName: 'Carla',
    lastName: 'Nguyen',
    email: 'carla.nguyen@mail.example',
    phone: '+13125550163',
    state: 'IL',
    tags: ['trial'],
  },
  {
    firstName: 'Devon',
    lastName: "O'Neil",
    email: 'devon.oneil@mail.example',
    tags: ['lead'],
    service: 'Spin classes',
  },
  { firstName: 'Erin', lastName: 'Walsh', phone: '+13125550165', city: 'Evanston', state: 'IL', tags: ['lead'] },
  {
    firstName: 'Frank',
    lastName: 'Li',
    email: 'frank.li@mail.example',
    phone: '+13125550166',
    source: 'walk-in',
    tags: [],
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
