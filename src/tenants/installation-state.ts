import type { Installation, InstallationDetails, InstallationStatus } from './installation-store.ts'
import type { PairTrouble } from './token-store.ts'

/** An installation, and what is known of the tokens held for it. */
export type InstallationState = {
  installation: Installation
  pair: { generation: number; trouble: PairTrouble | null } | null
}

/**
 * What we come to know of an installation, in any order and any number of times. Times are milliseconds by the platform's
 * clock. Only what is absent from `details` says nothing; null says that there is none.
 */
export type InstallationFact =
  /** The platform speaks of the app as installed: a webhook of it, or its list. */
  | { kind: 'installed'; at: number; details?: Partial<InstallationDetails> }
  /** It was uninstalled there, with its company, or from here. */
  | { kind: 'uninstalled'; at: number }
  /** Tokens were granted for it: a code was exchanged, or the company's token. `claimed`: someone known asked for it. */
  | { kind: 'authorized'; at: number; details: Partial<InstallationDetails>; grant: Authorization; claimed: boolean }
  /** An administrator of the account opened the page. */
  | { kind: 'claimed'; at: number; details: Partial<InstallationDetails> }
  /** What the platform's list says of it by the way. It may lag, so that it is no news of the app being there. */
  | { kind: 'described'; at: number; details: Partial<InstallationDetails> }
  /** The platform refused the pair that has this number. */
  | { kind: 'refused'; generation: number; trouble: PairTrouble }
  /** The pair was refreshed: a newer one without trouble is stored. `scopes` is empty where the answer named none. */
  | { kind: 'renewed'; scopes?: string[] }
  /** The platform refused a call for want of a scope to the pair that has this number. */
  | { kind: 'scope_refused'; generation: number; scope: string }

export type Authorization = Pick<Installation, 'userType' | 'scopes' | 'futureLocations'>

/**
 * The time of what someone decides now about an installation as it is known: certainly after what is known of it, even
 * where this machine's clock is behind and the platform has not told us yet.
 */
export const timeOfDecision = ({ installedAt, authorizedAt, claimedAt }: Installation, now: number): number =>
  Math.max(now, ...[installedAt, authorizedAt, claimedAt].map((time) => time?.getTime() ?? 0))

/**
 * The state after one more fact. Each kind of fact keeps its newest time, and the status follows from these times and the
 * pair held: so the same facts lead to the same state in whatever order they come, and a repeated one changes nothing.
 */
export function learn(state: InstallationState, fact: InstallationFact): InstallationState {
  const learned = withFact(state, fact)
  const status = statusOf(learned)
  const hasEnded = status === 'uninstalled' && state.installation.status !== 'uninstalled'
  const isStripped = state.pair !== null && learned.pair === null
  const generation = state.installation.generation + (hasEnded || isStripped ? 1 : 0)
  const isSamePair = learned.pair !== null && learned.pair.generation === state.pair?.generation
  const refusedScopes = isSamePair ? learned.installation.refusedScopes : []
  return { pair: learned.pair, installation: { ...learned.installation, status, generation, refusedScopes } }
}

function withFact(state: InstallationState, fact: InstallationFact): InstallationState {
  const { installation, pair } = state
  switch (fact.kind) {
    case 'installed':
      return { pair, installation: withDetails(seenInstalled(installation, fact.at), fact.details ?? {}, fact.at) }
    case 'uninstalled':
      return withUninstalled(state, fact.at)
    case 'authorized':
      return withAuthorization(state, fact)
    case 'claimed': {
      const claimedAt = newest(installation.claimedAt, fact.at)
      return { pair, installation: withDetails({ ...installation, claimedAt }, fact.details, fact.at) }
    }
    case 'described':
      return { pair, installation: withDetails(installation, fact.details, fact.at) }
    case 'refused':
      return pair?.generation === fact.generation ? { installation, pair: { ...pair, trouble: fact.trouble } } : state
    case 'renewed':
      return { installation: withRenewed(installation, fact.scopes), pair: pair && { ...pair, trouble: null } }
    case 'scope_refused':
      return pair?.generation === fact.generation
        ? { pair, installation: { ...installation, refusedScopes: withOne(installation.refusedScopes, fact.scope) } }
        : state
  }
}

/** Fresh tokens whose scopes are named may be tried again with all of them. One that does not name them says nothing. */
const withRenewed = (installation: Installation, scopes: string[] = []): Installation =>
  scopes.length === 0 ? installation : { ...installation, scopes, refusedScopes: [] }

const withOne = (names: string[], name: string): string[] => [...new Set([...names, name])].sort()

/** Tokens given before the app was uninstalled died with it, whatever has been heard since. */
function withUninstalled({ installation, pair }: InstallationState, at: number): InstallationState {
  const left = { ...installation, uninstalledAt: newest(installation.uninstalledAt, at) }
  return { installation: left, pair: isSince(left.authorizedAt, left.uninstalledAt) ? pair : null }
}

/** Only the newest authorization's tokens are held. One that comes again replaces a pair that was refused. */
function withAuthorization(
  { installation, pair }: InstallationState,
  fact: InstallationFact & { kind: 'authorized' },
): InstallationState {
  const seen = withGranted(withDetails(seenInstalled(installation, fact.at), fact.details, fact.at), fact)
  const claimedAt = fact.claimed ? newest(seen.claimedAt, fact.at) : seen.claimedAt
  const known = installation.authorizedAt?.getTime() ?? Number.NEGATIVE_INFINITY
  const isNews = fact.at > known || (fact.at === known && (pair === null || pair.trouble !== null))
  if (!isNews) return { installation: { ...seen, claimedAt }, pair }
  const { userType, futureLocations } = fact.grant
  const authorized = { ...seen, userType, futureLocations, claimedAt, authorizedAt: new Date(fact.at) }
  if (!isSince(authorized.authorizedAt, authorized.uninstalledAt)) return { installation: authorized, pair: null }
  return { installation: authorized, pair: { generation: (pair?.generation ?? 0) + 1, trouble: null } }
}

/** The scopes as the newest authorization that named them did. */
function withGranted(
  installation: Installation,
  { at, grant }: InstallationFact & { kind: 'authorized' },
): Installation {
  const { scopes } = grant
  const isNews = at >= (installation.detailsAt.scopes ?? Number.NEGATIVE_INFINITY)
  return scopes.length > 0 && isNews
    ? { ...installation, scopes, detailsAt: { ...installation.detailsAt, scopes: at } }
    : installation
}

function statusOf({ installation, pair }: InstallationState): InstallationStatus {
  const { installedAt, uninstalledAt, claimedAt } = installation
  if (uninstalledAt && !isSince(installedAt, uninstalledAt)) return 'uninstalled'
  if (!pair) return 'pending'
  if (pair.trouble) return pair.trouble === 'spent' ? 'needs_reconnect' : 'suspended'
  return isSince(claimedAt, uninstalledAt) ? 'active' : 'unclaimed'
}

/** At the very same moment, leaving counts. */
const isSince = (time: Date | null, uninstalledAt: Date | null): boolean =>
  time !== null && (uninstalledAt === null || time > uninstalledAt)

const newest = (known: Date | null, at: number): Date => (known && known.getTime() >= at ? known : new Date(at))

const seenInstalled = (installation: Installation, at: number): Installation => ({
  ...installation,
  installedAt: newest(installation.installedAt, at),
})

const DETAILS = ['companyId', 'versionId', 'planId', 'companyName', 'whiteLabelDomain', 'installedBy'] as const

/** Each detail as it was last said. Of two things said at one moment, always the same one stays. */
function withDetails(installation: Installation, details: Partial<InstallationDetails>, at: number): Installation {
  const changes: Partial<InstallationDetails> = {}
  const detailsAt = { ...installation.detailsAt }
  for (const name of DETAILS) {
    const value = details[name]
    const knownAt = detailsAt[name] ?? Number.NEGATIVE_INFINITY
    if (value === undefined || knownAt > at) continue
    if (knownAt === at && String(installation[name]) >= String(value)) continue
    changes[name] = value
    detailsAt[name] = at
  }
  return { ...installation, ...changes, detailsAt }
}
