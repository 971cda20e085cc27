import { listMissingScopes, SCOPES } from '../highlevel/scopes.ts'
import {
  countInstallations,
  type InstallationHealth,
  listInstallationHealth,
} from '../tenants/installation-health-store.ts'
import type { InstallationStatus } from '../tenants/installation-store.ts'
import { URGENT_MS } from '../tenants/renewal-time.ts'
import type { Check } from './check.ts'
import { type Finding, ok, warn } from './finding.ts'
import { inWords } from './in-words.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
/** Whatever ends within the hour is renewed at once; this leaves a moment for that. */
const TOKENS_LAST_MS = URGENT_MS - 10 * MINUTE_MS
/** A worker looks each hour for what is to be deleted. */
const PURGE_TAKES_MS = 2 * HOUR_MS
const MOST_LISTED = 200

export const checkInstallations: Check = {
  name: 'installations',
  readsTables: true,
  run: async ({ database, now }) => {
    const counts = await countInstallations(database.system)
    const listed = await listInstallationHealth(database.system, {
      scopes: SCOPES,
      tokensEndBefore: new Date(now() + TOKENS_LAST_MS),
      purgeDueBefore: new Date(now() - PURGE_TAKES_MS),
      limit: MOST_LISTED,
    })
    const trouble = listed.flatMap((installation) => troubleWith(installation, now()))
    return [ok(summary(counts)), ...trouble, ...(listed.length === MOST_LISTED ? [more] : [])]
  },
}

function summary(counts: { status: InstallationStatus; count: number }[]): string {
  if (counts.length === 0) return 'There is none yet.'
  return `${counts.map(({ status, count }) => `${count} ${status}`).join(', ')}.`
}

const more = warn(`Only the first ${MOST_LISTED} were looked at.`, 'Mend these, then look again.')

/** What somebody has to do about it, if anything: the state first, since the rest follows from it. */
function troubleWith(installation: InstallationHealth, now: number): Finding[] {
  const ofState = troubleWithState(installation, now)
  if (ofState.length > 0 || !['active', 'unclaimed'].includes(installation.status)) return ofState
  return [...missingScopes(installation), ...endingTokens(installation, now)]
}

function troubleWithState(installation: InstallationHealth, now: number): Finding[] {
  const { status, since } = installation
  const age = now - since.getTime()
  if (status === 'uninstalled') return overduePurge(installation)
  const sentence = `${nameOf(installation)} is ${status} ${sinceWords(since, now)}${dependants(installation)}.`
  switch (status) {
    case 'needs_reconnect':
      return [warn(sentence, 'An administrator of the account has to install the app again; nothing is lost.')]
    case 'suspended':
      return [warn(sentence, 'The platform says that the account is not active; it comes back by itself when it is.')]
    case 'pending':
      return age > HOUR_MS || installation.dependants > 0 ? [warn(sentence, pendingAdvice(installation))] : []
    case 'unclaimed':
      return age > DAY_MS
        ? [warn(sentence, 'An administrator of the account has to open the page of the app once.')]
        : []
    default:
      return []
  }
}

const overduePurge = (installation: InstallationHealth): Finding[] => [
  warn(
    `What is left of ${nameOf(installation)} was to be deleted at ${installation.purgeAt?.toISOString()}, and is still here.`,
    'See that a worker runs, or delete it now: node src/cli.ts purge TENANT --reason TEXT.',
  ),
]

/** Told of by the platform, but without tokens. */
const pendingAdvice = ({ locationId }: InstallationHealth): string =>
  locationId
    ? 'Its tokens never came: see that its company has the app and its scopes, or let it be installed again.'
    : 'Its tokens never came: let an administrator of the company install the app again.'

const missingScopes = (installation: InstallationHealth): Finding[] => {
  const missing = listMissingScopes(installation)
  if (missing.length === 0) return []
  const advice = 'An administrator of the account has to install the app again and allow all that it asks for.'
  return [warn(`${nameOf(installation)} has not granted ${missing.join(', ')}.`, advice)]
}

function endingTokens(installation: InstallationHealth, now: number): Finding[] {
  const { tokensEndAt } = installation
  if (!tokensEndAt || tokensEndAt.getTime() > now + TOKENS_LAST_MS) return []
  const ends = tokensEndAt.getTime() < now ? 'ended' : 'end'
  return [
    warn(
      `The tokens of ${nameOf(installation)} ${ends} at ${tokensEndAt.toISOString()} and were not renewed.`,
      'See that a worker runs, and look in its log for "a token could not be renewed".',
    ),
  ]
}

const nameOf = ({ locationId, companyId, tenantId }: InstallationHealth): string =>
  `${locationId ? `Location ${locationId}` : `Company ${companyId}`} (tenant ${tenantId})`

const sinceWords = (since: Date, now: number): string => `for ${inWords((now - since.getTime()) / 1000)}`

const dependants = ({ dependants: count }: InstallationHealth): string =>
  count === 0 ? '' : `, and ${count} of its locations depend on its token`
