import { NIL, v5 } from 'uuid'

/** The tenant of what belongs to no installation: strangers' deliveries, and what operators do to the server itself. */
export const NOBODY = NIL

/** A fixed namespace of our own for name-based ids (uuid v5). */
const NAMESPACE = '6f1d9a52-40c4-4f0e-9c0f-3a4f1f6f0b7e'

/**
 * A tenant's id follows from the app and the location, so a webhook names its tenant without a lookup, every process
 * agrees on it, and whichever fact arrives first makes the same row.
 */
export const locationTenantId = (appId: string, locationId: string): string =>
  v5(`${appId}/location/${locationId}`, NAMESPACE)

export const companyTenantId = (appId: string, companyId: string): string =>
  v5(`${appId}/company/${companyId}`, NAMESPACE)
