import { findLinkFaults, installUrl } from '../highlevel/install-url.ts'
import type { Check } from './check.ts'
import { type Finding, fail, ok, warn } from './finding.ts'
import { currentClientId, type Settings } from './patient.ts'

export const checkInstallLink: Check = {
  name: 'install link',
  readsTables: false,
  run: async ({ settings }) => {
    const link = linkOf(settings)
    const made = settings.highLevel.installUrl === null ? 'made here' : 'copied from the portal'
    const trouble = linkFaultsOf(settings).flatMap(({ kind }) => ADVICE[kind] ?? [])
    return [ok(`It leads to ${link.host} (${made}).`), ...trouble, ...unencrypted(link, settings)]
  },
}

/** Where owners are sent to install; without the state that each of them gets. */
export const linkOf = (settings: Settings): URL => {
  const { marketplaceUrl, installUrl: copied } = settings.highLevel
  const [clientId, redirectUri] = [currentClientId(settings), redirectUriOf(settings.baseUrl)]
  return new URL(installUrl({ marketplaceUrl, installUrl: copied, clientId, redirectUri }, ''))
}

const redirectUriOf = (baseUrl: string): string => `${baseUrl}/oauth/callback`

export const linkFaultsOf = (settings: Settings) =>
  findLinkFaults(linkOf(settings).href, {
    clientId: currentClientId(settings),
    redirectUri: redirectUriOf(settings.baseUrl),
  })

const AGAIN = 'Copy the install link anew from the developer portal into HIGHLEVEL_INSTALL_URL.'

/** What is wrong with its scopes is told beside the scopes. */
const ADVICE: Partial<Record<string, Finding[]>> = {
  other_client: [
    fail('Its client_id is another client key of the app than HIGHLEVEL_CLIENT_ID: codes cannot be exchanged.', AGAIN),
  ],
  other_redirect: [
    fail(
      'Its redirect_uri is not ours: whoever installs does not come back here.',
      'In the developer portal, enter BASE_URL/oauth/callback as the redirect URL, and copy the install link anew.',
    ),
  ],
}

const unencrypted = (link: URL, { sandbox }: Settings): Finding[] =>
  link.protocol === 'https:' || sandbox
    ? []
    : [
        warn(
          'It is not encrypted.',
          'Give HIGHLEVEL_INSTALL_URL or HIGHLEVEL_MARKETPLACE_URL an address with https://.',
        ),
      ]
