import type { Check } from './check.ts'
import { type Finding, fail, ok, warn } from './finding.ts'
import type { Settings } from './patient.ts'

/** That it can be read at all is what everything else stands on; here is what may be wrong with it although it can. */
export const checkConfiguration: Check = {
  name: 'configuration',
  readsTables: false,
  run: async ({ settings }) => {
    const trouble = [...unsafeAddress(settings), ...samples(settings), ...sharedKeys(settings), ...oddClient(settings)]
    return [ok(summary(settings)), ...trouble]
  },
}

function summary({ production, sandbox, baseUrl, encryptionKeys, sessionKeys }: Settings): string {
  const mode = production ? 'production' : `development${sandbox ? ' with the sandbox' : ''}`
  const rings = `master keys ${names(encryptionKeys)}; session keys ${names(sessionKeys)}`
  return `It can be read: ${mode} at ${new URL(baseUrl).origin}; ${rings}.`
}

const names = (ring: Settings['sessionKeys']): string => ring.map(({ kid }) => kid).join(', ')

function unsafeAddress({ production, sandbox, baseUrl }: Settings): Finding[] {
  const { protocol, pathname, hostname } = new URL(baseUrl)
  const isLocal = ['127.0.0.1', 'localhost', '[::1]'].includes(hostname)
  if (protocol !== 'https:' && !sandbox && !isLocal) {
    return [
      (production ? fail : warn)('BASE_URL is not encrypted.', 'Give BASE_URL an address that begins with https://.'),
    ]
  }
  if (production && isLocal) {
    return [
      fail('BASE_URL is an address that only this machine knows.', 'Set BASE_URL to the address that browsers use.'),
    ]
  }
  return pathname === '/' ? [] : [fail('BASE_URL has a path.', 'Set BASE_URL to the bare address, without a path.')]
}

const SAMPLE = /change.?me|example|sample|placeholder|your[-_. ]|^(secret|password|test|xxx+|todo)$/i
const SHORTEST = 16

/** Words that stand in instructions, and what is too short to be a secret of the portal. */
function samples({ production, highLevel, encryptionKeys, sessionKeys }: Settings): Finding[] {
  if (!production) return []
  const secrets = [
    { name: 'HIGHLEVEL_CLIENT_SECRET', values: highLevel.clients.flatMap(({ secrets }) => secrets) },
    { name: 'HIGHLEVEL_SSO_SECRETS', values: highLevel.ssoSecrets },
  ]
  const rings = [
    { name: 'ENCRYPTION_KEYS', ring: encryptionKeys },
    { name: 'SESSION_KEYS', ring: sessionKeys },
  ]
  return [
    ...secrets
      .filter(({ values }) => values.some((value) => SAMPLE.test(value) || value.length < SHORTEST))
      .map(({ name }) =>
        fail(
          `${name} looks like a sample, not like a secret.`,
          `Copy ${name} from the app's page in the developer portal.`,
        ),
      ),
    ...rings
      .filter(({ ring }) => ring.some(({ key }) => new Set(key).size < 8))
      .map(({ name }) =>
        fail(`${name} holds a key that was not made at random.`, `Make a new key for ${name} as .env.example says.`),
      ),
  ]
}

function sharedKeys({ encryptionKeys, sessionKeys }: Settings): Finding[] {
  const isShared = encryptionKeys.some(({ key }) => sessionKeys.some((other) => Buffer.from(key).equals(other.key)))
  if (!isShared) return []
  return [warn('ENCRYPTION_KEYS and SESSION_KEYS share a key.', 'Put another key in front of SESSION_KEYS.')]
}

/** With several versions of an app its client id may begin with another id, so this alone stops nothing. */
function oddClient({ highLevel: { appId, clients } }: Settings): Finding[] {
  if (clients.every(({ id }) => id.split('-')[0] === appId)) return []
  return [
    warn(
      'HIGHLEVEL_CLIENT_ID does not begin with HIGHLEVEL_APP_ID.',
      "Compare both with the app's page in the developer portal: webhooks of another app are ignored.",
    ),
  ]
}
