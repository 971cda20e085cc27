import { FEATURES, type Feature } from './features.ts'
import type { Scope } from './platform-scopes.ts'

/** What the app asks for: whatever any feature needs, once. */
export const SCOPES: readonly Scope[] = [...new Set(FEATURES.flatMap(({ scopes }) => scopes))].sort()

/** What is known of an installation's scopes. No names in `scopes`: the platform has not said which it granted. */
export type Granted = {
  userType: 'Location' | 'Company'
  scopes: readonly string[]
  /** Refused to the tokens that are held now, whatever was granted. */
  refusedScopes: readonly string[]
}

/** What was granted counts as granted until a refusal tells otherwise. */
export const isScopeMissing = ({ scopes, refusedScopes }: Granted, scope: Scope): boolean =>
  refusedScopes.includes(scope) || (scopes.length > 0 && !scopes.includes(scope))

/** Features that this installation is for, with the scopes that each lacks. */
export const listFeatures = (granted: Granted): (Feature & { missing: Scope[] })[] =>
  FEATURES.filter(({ userType }) => userType === granted.userType).map((feature) => ({
    ...feature,
    missing: feature.scopes.filter((scope) => isScopeMissing(granted, scope)),
  }))

export const listMissingScopes = (granted: Granted): Scope[] =>
  [...new Set(listFeatures(granted).flatMap(({ missing }) => missing))].sort()

export const isFeatureOn = (granted: Granted, key: Feature['key']): boolean =>
  listFeatures(granted).every((feature) => feature.key !== key || feature.missing.length === 0)

/** Whether a webhook of this type is taken for a feature that lacks a scope. */
export const isEventOff = (granted: Granted, eventType: string): boolean =>
  listFeatures(granted).some(({ events, missing }) => missing.length > 0 && events.includes(eventType))
