import { hkdfSync, randomBytes } from 'node:crypto'
import { ConfigError, type Environment, readEnvironment } from './environment.ts'
import { isLinkOf } from './highlevel/install-url.ts'
import type { OAuthClientKey } from './highlevel/oauth.ts'
import type { SealKey } from './lib/seal.ts'

export type Config = Readonly<{
  production: boolean
  sandbox: boolean
  port: number
  baseUrl: string
  databaseUrl: string | null
  /** The first key is current; the others still open what they sealed. */
  encryptionKeys: SealKey[]
  sessionKeys: SealKey[]
  logLevel: string
  /** How long the set-up of an account that uninstalled is kept. 0: it is deleted at once. */
  uninstallGraceDays: number
  /** How long deliveries, and runs with their steps, are kept. */
  retention: Readonly<{ deliveryDays: number; runDays: number }>
  /** Who asks for /metrics brings this; null: there is no such door. */
  metricsToken: string | null
  highLevel: Readonly<{
    appId: string
    /** The first client key is current; the others refresh what they obtained. */
    clients: readonly OAuthClientKey[]
    ssoSecrets: string[]
    webhookKeys: string[]
    /** Of the legacy signature; none while it is not accepted. */
    legacyWebhookKeys: string[]
    apiUrl: string
    marketplaceUrl: string
    installUrl: string | null
  }>
  partnerApiUrls: Readonly<Record<string, string>>
}>

/** The environment of this process, with changes. Read here and nowhere else. */
export const processEnvironment = (changes: Record<string, string> = {}): NodeJS.ProcessEnv => ({
  ...process.env,
  ...changes,
})

export const isProduction = (env: NodeJS.ProcessEnv): boolean => env.NODE_ENV === 'production'

/**
 * Reads the environment once. In production a missing or malformed setting throws a sentence that names it; elsewhere
 * what is missing is derived from `developmentSecret`, so that nothing has to be configured to try the app.
 */
export function readConfig(
  env: NodeJS.ProcessEnv = process.env,
  developmentSecret: Uint8Array = randomBytes(32),
): Config {
  const settings = readEnvironment(env)
  const production = settings.NODE_ENV === 'production'
  const derive = (purpose: string): Uint8Array =>
    new Uint8Array(hkdfSync('sha256', developmentSecret, '', `causeway development ${purpose}`, 32))
  const secret = (purpose: string): string => Buffer.from(derive(purpose)).toString('base64url')
  const appId = settings.HIGHLEVEL_APP_ID ?? 'c0ffee00c0ffee00c0ffee00'
  const clients = pairClients(
    settings.HIGHLEVEL_CLIENT_ID ?? [`${appId}-causeway`],
    settings.HIGHLEVEL_CLIENT_SECRET ?? [secret('client secret')],
  )
  refuseForeignLink(settings, { appId, clients })
  return Object.freeze({
    production,
    sandbox: settings.SANDBOX === 'on' || (settings.SANDBOX === undefined && isUnconfigured(settings)),
    port: settings.PORT,
    baseUrl: settings.BASE_URL ?? `http://127.0.0.1:${settings.PORT}`,
    databaseUrl: settings.DATABASE_URL ?? null,
    encryptionKeys: settings.ENCRYPTION_KEYS ?? [{ kid: 'dev', key: derive('encryption') }],
    sessionKeys: settings.SESSION_KEYS ?? [{ kid: 'dev', key: derive('sessions') }],
    logLevel: settings.LOG_LEVEL,
    uninstallGraceDays: settings.UNINSTALL_GRACE_DAYS,
    retention: Object.freeze({
      deliveryDays: settings.DELIVERY_RETENTION_DAYS,
      runDays: settings.RUN_RETENTION_DAYS,
    }),
    metricsToken: settings.METRICS_TOKEN ?? null,
    highLevel: Object.freeze({
      appId,
      clients,
      ssoSecrets: settings.HIGHLEVEL_SSO_SECRETS ?? [secret('sso secret')],
      webhookKeys: settings.HIGHLEVEL_WEBHOOK_KEYS,
      legacyWebhookKeys: settings.HIGHLEVEL_LEGACY_SIGNATURE === 'on' ? settings.HIGHLEVEL_LEGACY_KEYS : [],
      apiUrl: settings.HIGHLEVEL_API_URL,
      marketplaceUrl: settings.HIGHLEVEL_MARKETPLACE_URL,
      installUrl: settings.HIGHLEVEL_INSTALL_URL ?? null,
    }),
    partnerApiUrls: Object.freeze({
      ...(settings.ACTIVETRAIL_API_URL && { activetrail: settings.ACTIVETRAIL_API_URL }),
    }),
  })
}

/** Each id with the secret at its place; an id that stands there alone has all of them. */
function pairClients(ids: string[], secrets: string[]): OAuthClientKey[] {
  const [only] = ids
  if (ids.length === 1 && only) return [{ id: only, secrets }]
  if (ids.length !== secrets.length) {
    throw new ConfigError(
      'Causeway cannot start: HIGHLEVEL_CLIENT_SECRET must hold one secret for each id of HIGHLEVEL_CLIENT_ID, in the ' +
        'same order, or several for a single id.',
    )
  }
  const byId = Map.groupBy(ids.keys(), (index) => String(ids[index]))
  return [...byId].map(([id, places]) => ({ id, secrets: places.map((index) => String(secrets[index])) }))
}

/** Owners would install somebody else's app. What else may be wrong with the link, `doctor` says. */
function refuseForeignLink(
  { HIGHLEVEL_INSTALL_URL: link }: Environment,
  app: { appId: string; clients: readonly OAuthClientKey[] },
): void {
  if (link === undefined || isLinkOf(link, app)) return
  throw new ConfigError(
    'Causeway cannot start: HIGHLEVEL_INSTALL_URL must carry the client_id of the app that HIGHLEVEL_CLIENT_ID names. Copy the install link anew from the developer portal.',
  )
}

const isUnconfigured = (settings: Environment): boolean =>
  settings.NODE_ENV !== 'production' && settings.HIGHLEVEL_CLIENT_ID === undefined
