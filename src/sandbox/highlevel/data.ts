/** Everything the sandbox remembers: what a HighLevel with two agencies would have in its database. Plain JSON. */
export type Data = {
  version: 2
  signingKey: { publicPem: string; privatePem: string }
  /** How far the clock was moved, in milliseconds. */
  clockOffset: number
  companies: Company[]
  locations: Location[]
  users: User[]
  contacts: Contact[]
  tasks: Task[]
  notes: Note[]
  appointments: Appointment[]
  opportunities: Opportunity[]
  customFields: CustomField[]
  tags: LocationTag[]
  enrolments: Enrolment[]
  installs: Install[]
  codes: AuthorizationCode[]
  tokens: TokenPair[]
  deliveries: Delivery[]
}

export type Company = {
  id: string
  name: string
  email: string
  relationshipNumber: string
  plan: string
  /** The domain comes as the agency typed it, with a scheme or without. */
  whitelabel: { domain: string; logoUrl: string } | null
}

export type Location = {
  id: string
  companyId: string
  name: string
  /** A suspended location keeps its data, but no token is given for it. */
  active: boolean
  allowDuplicateContact: boolean
  firstName: string
  lastName: string
  email: string
  phone: string
  address: string
  city: string
  country: string
  postalCode: string
  website: string
  timezone: string
}

export type User = {
  id: string
  companyId: string
  type: 'agency' | 'account'
  role: 'admin' | 'user'
  firstName: string
  lastName: string
  email: string
  phone: string
  /** The locations an account user belongs to; an agency user sees all of the agency's. */
  locationIds: string[]
}

export type ContactText =
  | 'firstName'
  | 'lastName'
  | 'email'
  | 'phone'
  | 'companyName'
  | 'address1'
  | 'city'
  | 'state'
  | 'country'
  | 'postalCode'
  | 'website'
  | 'timezone'
  | 'source'
  | 'dateOfBirth'
  | 'assignedTo'

export type Contact = Partial<Record<ContactText, string>> & {
  id: string
  locationId: string
  tags: string[]
  customFields: CustomValue[]
  dnd: boolean
  dndSettings: Partial<Record<DndChannel, DndSetting>>
  inboundDndSettings?: { all?: { status: string; message?: string } }
  /** Added by people; no call writes it. */
  secondEmail?: string
  /** Ids of users; shown by no endpoint but their own and the search. */
  followers?: string[]
  dateAdded: string
  dateUpdated: string
}

export type Task = {
  id: string
  locationId: string
  contactId: string
  title: string
  body?: string
  assignedTo?: string
  dueDate: string
  completed: boolean
  dateAdded: string
}

export type Note = {
  id: string
  locationId: string
  contactId: string
  body: string
  userId?: string
  title?: string
  color?: string
  pinned?: boolean
  dateAdded: string
}

export type Appointment = {
  id: string
  locationId: string
  contactId: string
  calendarId: string
  groupId: string
  title: string
  appointmentStatus: string
  assignedUserId: string
  users: string[]
  address?: string
  notes?: string
  description?: string
  source: string
  /** ISO 8601 with the offset of the location's zone, as all times of an appointment. */
  startTime: string
  endTime: string
  dateAdded: string
  dateUpdated: string
}

export type Opportunity = {
  id: string
  locationId: string
  contactId: string
  name: string
  status: string
  monetaryValue: number
  pipelineId: string
  pipelineStageId: string
  assignedTo?: string
  source: string
  /** Here a value is called `fieldValue`. */
  customFields: { id: string; fieldValue: CustomValue['value'] }[]
  createdAt: string
  updatedAt: string
  lastStatusChangeAt: string
  lastStageChangeAt: string
}

export type CustomValue = { id: string; value: string | string[] | Record<string, unknown> }
export type DndChannel = 'Call' | 'Email' | 'SMS' | 'WhatsApp' | 'GMB' | 'FB'
export type DndSetting = { status: 'active' | 'inactive' | 'permanent'; message?: string; code?: string }

export type CustomField = {
  id: string
  locationId: string
  model: 'contact' | 'opportunity'
  name: string
  fieldKey: string
  dataType: string
  placeholder: string
  position: number
  picklistOptions: string[]
}

export type LocationTag = { id: string; locationId: string; name: string }

/** A contact's way through a workflow or a campaign, of which there may be several after one another. */
export type Enrolment = {
  contactId: string
  kind: 'workflow' | 'campaign'
  automationId: string
  startedAt: string
  endedAt: string | null
  eventStartTime?: string
}

/** The app in one location, or (`locationId` null) in an agency as a whole. */
export type Install = {
  companyId: string
  locationId: string | null
  userId: string
  scopes: string[]
  versionId: string
  /** Of a paid app. */
  planId: string | null
  trial: { onTrial: boolean; trialDuration: number; trialStartDate: string } | null
  /** An agency's install reached this location; the location has no authorization of its own. */
  viaCompany: boolean
  approveAllLocations: boolean
  installToFutureLocations: boolean
  installedAt: string
}

export type AuthorizationCode = {
  code: string
  companyId: string
  locationId: string | null
  userId: string
  clientId: string
}

export type TokenPair = {
  accessToken: string
  refreshToken: string
  userType: 'Company' | 'Location'
  companyId: string
  locationId: string | null
  userId: string
  scopes: string[]
  isBulkInstallation: boolean
  clientId: string
  /** A company token was exchanged for it. */
  isExchanged: boolean
  expiresAt: number
  refreshExpiresAt: number
  /** Set when the refresh token was used: when, and the refresh token that took its place. */
  rotated: { at: number; successor: string } | null
  /** The access token is refused from then on, the refresh token at once. */
  revokedAt: number | null
}

export type Delivery = {
  webhookId: string
  type: string
  locationId: string | null
  companyId: string | null
  url: string
  /** The exact text that is signed and sent, on every attempt. */
  body: string
  signature: string
  createdAt: number
  state: 'held' | 'pending' | 'delivered' | 'failed' | 'dropped'
  nextAttemptAt: number | null
  attempts: DeliveryAttempt[]
}

export type DeliveryAttempt = {
  at: number
  /** `null`: no answer came. */
  status: number | null
  answer: string
  tookMs: number
  manual: boolean
}
