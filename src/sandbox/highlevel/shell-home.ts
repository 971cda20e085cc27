import { installAddress } from './install-address.ts'
import { findLocationInstall } from './installs.ts'
import { listCompanyLocations } from './places.ts'
import type { World } from './world.ts'

/** Where a newcomer stands and what to click next. */
export function homeView(world: World): object {
  const installed = world.locations.all().find((one) => findLocationInstall(world, one.id) !== undefined)
  const shown = installed ?? world.locations.all()[0]
  return {
    app: world.registration.name,
    installAddress: installAddress(world),
    isInstalled: installed !== undefined,
    shown: shown && { id: shown.id, name: shown.name },
    companies: world.data.companies.map(({ id, name }) => ({
      id,
      name,
      locations: listCompanyLocations(world, id).map((location) => ({
        id: location.id,
        name: location.name,
        city: location.city,
        contacts: world.contacts.list('locationId', location.id).length,
        isInstalled: findLocationInstall(world, location.id) !== undefined,
        isActive: location.active,
      })),
    })),
  }
}
