import type { Location } from './data.ts'
import { newId } from './ids.ts'
import { type InstallDeps, installFutureLocation } from './installs.ts'
import { getCompany, listCompanyLocations } from './places.ts'

/** A new location of the agency, taking after its first one. */
export function openLocation(deps: InstallDeps, companyId: string, name: string): Location {
  const { world } = deps
  const [model] = listCompanyLocations(world, getCompany(world, companyId).id)
  if (model === undefined) throw new Error('The agency has no location to take after.')
  const location: Location = { ...model, id: newId(), name, active: true }
  world.locations.put(location)
  world.changed()
  installFutureLocation(deps, location)
  return location
}
