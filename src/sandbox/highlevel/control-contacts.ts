import { type Automation, campaignsOf, workflowsOf } from './automations.ts'
import type { ContactInput } from './contact-input.ts'
import { createContact, deleteContact, updateContact } from './contacts.ts'
import type { Company, Contact, CustomField, Enrolment, Location, User } from './data.ts'
import type { InstallDeps } from './installs.ts'
import { openLocation } from './open-location.ts'
import { findLocation, getCompany, getLocation, listCompanyLocations, worksAt } from './places.ts'
import type { Switches } from './world.ts'

/** What people do in HighLevel: their contacts and locations. Events reach the app as they would from the screens. */
export function contactControl(deps: InstallDeps) {
  const { world } = deps
  const getContact = (contactId: string): Contact => {
    const contact = world.contacts.get(contactId)
    if (contact === undefined) throw new Error(`There is no contact ${contactId}.`)
    return contact
  }
  return {
    companies: (): Company[] => world.data.companies,
    locations: (companyId?: string): Location[] =>
      companyId === undefined ? world.locations.all() : world.locations.list('companyId', companyId),
    users: (locationId?: string): User[] =>
      world.data.users.filter((one) => locationId === undefined || worksAt(one, findLocation(world, locationId))),
    contacts: (locationId: string): Contact[] => world.contacts.list('locationId', locationId),
    contact: (contactId: string): Contact | null => world.contacts.get(contactId) ?? null,
    customFields: (locationId: string): CustomField[] =>
      world.data.customFields.filter((one) => one.locationId === locationId),

    workflows: (locationId: string): Automation[] => workflowsOf(locationId),
    campaigns: (locationId: string): Automation[] => campaignsOf(locationId),
    /** Of one contact, in the order in which they began; those that ended too. */
    enrolments: (contactId: string): Enrolment[] => world.data.enrolments.filter((one) => one.contactId === contactId),

    createContact: (locationId: string, input: ContactInput): Contact =>
      createContact(deps, getLocation(world, locationId).id, input),
    updateContact: (contactId: string, input: ContactInput): Contact =>
      updateContact(deps, getContact(contactId), input),
    deleteContact: (contactId: string): void => deleteContact(deps, getContact(contactId)),

    /** A location the agency opens now. Where the app is installed to future locations, INSTALL follows. */
    createLocation: (companyId: string, name: string): Location => openLocation(deps, companyId, name),
    /** Many at once, named by number. */
    createLocations: (companyId: string, count: number): Location[] => {
      const known = listCompanyLocations(world, companyId).length
      return Array.from({ length: count }, (_, index) => openLocation(deps, companyId, `Branch ${known + index + 1}`))
    },
    /** The agency shows the platform under a domain of its own from now on, or (`null`) no more. */
    setWhitelabel: (companyId: string, whitelabel: Company['whitelabel']): void => {
      getCompany(world, companyId).whitelabel = whitelabel
      world.changed()
    },
    /** Suspended (`false`), a location gets no tokens; reactivated, the old refresh token works again. */
    setLocationActive: (locationId: string, active: boolean): void => {
      getLocation(world, locationId).active = active
      world.changed()
    },
    setAllowDuplicates: (locationId: string, allowed: boolean): void => {
      getLocation(world, locationId).allowDuplicateContact = allowed
      world.changed()
    },
    /** A further address, as people add it on the contact's page; nothing is told of it. */
    setSecondEmail: (contactId: string, secondEmail: string): void => {
      world.contacts.put({ ...getContact(contactId), secondEmail })
      world.changed()
    },
    /** Whether written do-not-disturb settings leave the channels alone that they do not name: nothing says so. */
    setDndHabit: (habit: Switches['dndHabit']): void => {
      world.switches.dndHabit = habit
    },
    /** From now on these properties of a written contact are dropped without a word. */
    dropFields: (names: string[]): void => {
      world.switches.droppedFields = names
    },
    setSearchLag: (ms: number): void => {
      world.switches.searchLagMs = ms
    },
    setSearchFilterLimit: (most: number): void => {
      world.switches.searchFilterLimit = most
    },
  }
}
