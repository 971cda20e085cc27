import { createPublicKey, hkdfSync, type KeyObject, randomBytes } from 'node:crypto'
import { z } from 'zod'
import { isLinkOf } from './highlevel/install-url.ts'
import type { OAuthClientKey } from './highlevel/oauth.ts'
import { PLATFORM_LEGACY_KEY, PLATFORM_WEBHOOK_KEY } from './highlevel/webhook-signature.ts'
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

export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

const url = z.url({ protocol: /^https?$/ }).transform((value) => value.replace(/\/+$/, ''))
const list = z
  .string()
  .transform((value) =>
    value
      .split(',')
      .map((item) => item.trim())
      .filter(Boolean),
  )
  .pipe(z.array(z.string()).min(1, 'must hold at least one value'))

/** `kid:base64url,…` with 32 bytes each. */
const keyRing = z.string().transform((value, context): SealKey[] => {
  const keys = value.split(',').map((item) => /^([\w-]{1,32}):([\w-]{43})=?$/.exec(item.trim()))
  const kids = new Set(keys.map((match) => match?.[1]))
  if (keys.includes(null) || kids.size !== keys.length) {
    context.addIssue('must be a list like "k1:<32 bytes as base64url>,k0:…" with a different name for each key')
    return z.NEVER
  }
  return keys.map((match) => ({ kid: String(match?.[1]), key: Buffer.from(String(match?.[2]), 'base64url') }))
})

const pemList = (kind: string, isOfKind: (key: KeyObject) => boolean) =>
  z.string().transform((value, context): string[] => {
    const pems =
      value.replaceAll('\\n', '\n').match(/-----BEGIN PUBLIC KEY-----[\s\S]+?-----END PUBLIC KEY-----/g) ?? []
    if (pems.length === 0 || !pems.every((pem) => isKey(pem, isOfKind))) {
      context.addIssue(`must hold one or more ${kind} public keys in PEM form`)
      return z.NEVER
    }
    return pems
  })

function isKey(pem: string, isOfKind: (key: KeyObject) => boolean): boolean {
  try {
    return isOfKind(createPublicKey(pem))
  } catch {
    return false
  }
}

const isEd25519 = ({ asymmetricKeyType }: KeyObject): boolean => asymmetricKeyType === 'ed25519'
const isStrongRsa = ({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): boolean =>
  asymmetricKeyType === 'rsa' && Number(asymmetricKeyDetails?.modulusLength) >= 2048

const environment = z.object({
  /** A misspelled `production` would start with generated secrets. */
  NODE_ENV: z.enum(['production', 'development', 'test']).optional(),
  PORT: z.coerce.number().int().min(0).max(65_535).default(3000),
  BASE_URL: url.optional(),
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  ENCRYPTION_KEYS: keyRing.optional(),
  SESSION_KEYS: keyRing.optional(),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  METRICS_TOKEN: z
    .string()
    .regex(/^[\x21-\x7e]{32,}$/, 'must be 32 characters or more, without spaces')
    .optional(),
  UNINSTALL_GRACE_DAYS: z.coerce.number().int().min(0).max(365).default(30),
  DELIVERY_RETENTION_DAYS: z.coerce.number().int().min(1).max(3650).default(30),
  RUN_RETENTION_DAYS: z.coerce.number().int().min(1).max(3650).default(90),
  SANDBOX: z.enum(['on', 'off']).optional(),
  HIGHLEVEL_APP_ID: z.string().min(1).optional(),
  HIGHLEVEL_CLIENT_ID: list.optional(),
  HIGHLEVEL_CLIENT_SECRET: list.optional(),
  HIGHLEVEL_SSO_SECRETS: list.optional(),
  HIGHLEVEL_WEBHOOK_KEYS: pemList('Ed25519', isEd25519).default([PLATFORM_WEBHOOK_KEY]),
  HIGHLEVEL_LEGACY_SIGNATURE: z.enum(['on', 'off']).default('off'),
  HIGHLEVEL_LEGACY_KEYS: pemList('RSA (2048 bits or more)', isStrongRsa).default([PLATFORM_LEGACY_KEY]),
  HIGHLEVEL_API_URL: url.default('https://services.leadconnectorhq.com'),
  HIGHLEVEL_MARKETPLACE_URL: url.default('https://marketplace.gohighlevel.com'),
  HIGHLEVEL_INSTALL_URL: z.url({ protocol: /^https?$/ }).optional(),
  ACTIVETRAIL_API_URL: url.optional(),
})

type Environment = z.infer<typeof environment>

/** Without these no production process starts: a default would be guessable or point at the wrong place. */
const REQUIRED_IN_PRODUCTION = [
  'BASE_URL',
  'DATABASE_URL',
  'ENCRYPTION_KEYS',
  'SESSION_KEYS',
  'HIGHLEVEL_APP_ID',
  'HIGHLEVEL_CLIENT_ID',
  'HIGHLEVEL_CLIENT_SECRET',
  'HIGHLEVEL_SSO_SECRETS',
] as const satisfies (keyof Environment)[]

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
  const settings = parse(withoutBlanks(env))
  const production = settings.NODE_ENV === 'production'
  if (production) refuseGaps(settings)
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

const withoutBlanks = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([, value]) => value?.trim()))

function parse(env: NodeJS.ProcessEnv): Environment {
  const parsed = environment.safeParse(env)
  if (parsed.success) return parsed.data
  // The value itself is never repeated: it may be a secret with a typing error.
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}.`)
  throw new ConfigError(`Causeway cannot start: ${problems.join(' ')}`)
}

function refuseGaps(settings: Environment): void {
  const missing = REQUIRED_IN_PRODUCTION.filter((name) => settings[name] === undefined)
  if (missing.length > 0) {
    throw new ConfigError(`Causeway cannot start: in production ${missing.join(', ')} must be set. See .env.example.`)
  }
  if (settings.SANDBOX === 'on') {
    throw new ConfigError('Causeway cannot start: SANDBOX must not be on in production.')
  }
  const open = ADDRESSES.filter((name) => settings[name]?.startsWith('http://'))
  if (open.length > 0) {
    throw new ConfigError(`Causeway cannot start: ${open.join(', ')} must begin with https:// in production.`)
  }
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

/** Where secrets and people's data go to and come from. */
const ADDRESSES = [
  'BASE_URL',
  'HIGHLEVEL_API_URL',
  'HIGHLEVEL_MARKETPLACE_URL',
  'HIGHLEVEL_INSTALL_URL',
  'ACTIVETRAIL_API_URL',
] as const satisfies (keyof Environment)[]

const isUnconfigured = (settings: Environment): boolean =>
  settings.NODE_ENV !== 'production' && settings.HIGHLEVEL_CLIENT_ID === undefined
