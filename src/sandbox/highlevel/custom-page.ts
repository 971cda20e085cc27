import type { Location, User } from './data.ts'
import type { World } from './world.ts'

/** HighLevel docs, Custom Pages: the variables of the app's address, filled in by the host. Unknown ones become empty. */
export function customPageAddress(world: World, user: User, location: Location | null): string {
  const values = { ...userValues(user), ...(location && locationValues(location)) }
  return world.registration.customPageUrl.replace(/\{\{\s*([\w.]+)\s*\}\}/g, (_, name: string) =>
    encodeURIComponent(values[name] ?? ''),
  )
}

const userValues = (user: User): Record<string, string> => ({
  'user.first_name': user.firstName,
  'user.last_name': user.lastName,
  'user.name': `${user.firstName} ${user.lastName}`,
  'user.email': user.email,
  'user.phone': user.phone,
})

const locationValues = (location: Location): Record<string, string> => ({
  'location.id': location.id,
  'location.name': location.name,
  'location.city': location.city,
  'location.state': '',
  'location.country': location.country,
  'location.address': location.address,
  'location.full_address': `${location.address}, ${location.postalCode} ${location.city}`,
  'location.postal_code': location.postalCode,
  'location.email': location.email,
  'location.phone': location.phone,
  'location.website': location.website,
  'location.logo_url': '',
  'location_owner.first_name': location.firstName,
  'location_owner.last_name': location.lastName,
  'location_owner.email': location.email,
})
