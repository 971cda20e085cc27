import { createPublicKey, type KeyObject } from 'node:crypto'
import { z } from 'zod'
import { PLATFORM_LEGACY_KEY, PLATFORM_WEBHOOK_KEY } from './highlevel/webhook-signature.ts'
import type { SealKey } from './lib/seal.ts'

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

export type Environment = z.infer<typeof environment>

/** The variables in their forms. A malformed one throws a sentence that names it, and in production so does a missing one. */
export function readEnvironment(env: NodeJS.ProcessEnv): Environment {
  const settings = parse(withoutBlanks(env))
  if (settings.NODE_ENV === 'production') refuseGaps(settings)
  return settings
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

/** Where secrets and people's data go to and come from. */
const ADDRESSES = [
  'BASE_URL',
  'HIGHLEVEL_API_URL',
  'HIGHLEVEL_MARKETPLACE_URL',
  'HIGHLEVEL_INSTALL_URL',
  'ACTIVETRAIL_API_URL',
] as const satisfies (keyof Environment)[]

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
