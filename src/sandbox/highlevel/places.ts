import type { Company, Location, User } from './data.ts'
import type { World } from './world.ts'

export const listCompanyLocations = (world: World, companyId: string): Location[] =>
  world.locations.list('companyId', companyId)

export const findLocation = (world: World, id: string): Location | undefined => world.locations.get(id)

export const getLocation = (world: World, id: string): Location => found(findLocation(world, id), `location ${id}`)

export const getCompany = (world: World, id: string): Company =>
  found(
    world.data.companies.find((company) => company.id === id),
    `company ${id}`,
  )

export const getUser = (world: World, id: string): User =>
  found(
    world.data.users.find((user) => user.id === id),
    `user ${id}`,
  )

/** Who can install for a location by themselves: its admin. */
export function findAdminId(world: World, locationId: string): string {
  const location = getLocation(world, locationId)
  const admin = world.data.users.find((user) => user.role === 'admin' && user.locationIds.includes(location.id))
  return admin?.id ?? findOwnerId(world, location.companyId)
}

export function findOwnerId(world: World, companyId: string): string {
  const owner = world.data.users.find((user) => user.companyId === companyId && user.type === 'agency')
  if (owner === undefined) throw new Error(`There is no agency user of ${companyId}.`)
  return owner.id
}

/** An agency's user sees all its locations. */
export const worksAt = (user: User, location: Location | undefined): boolean =>
  location !== undefined &&
  (user.type === 'agency' ? user.companyId === location.companyId : user.locationIds.includes(location.id))

function found<Thing>(thing: Thing | undefined, name: string): Thing {
  if (thing === undefined) throw new Error(`There is no ${name}.`)
  return thing
}
