import type { Database } from '../db/database.ts'
import type { DatabaseState } from '../db/inspect-database.ts'
import type { OAuthClientKey } from '../highlevel/oauth.ts'
import type { Clock } from '../lib/clock.ts'
import type { SealKey } from '../lib/seal.ts'

/** The configuration as far as the checks look at it. */
export type Settings = {
  production: boolean
  sandbox: boolean
  baseUrl: string
  encryptionKeys: readonly SealKey[]
  sessionKeys: readonly SealKey[]
  highLevel: {
    appId: string
    clients: readonly OAuthClientKey[]
    ssoSecrets: readonly string[]
    apiUrl: string
    marketplaceUrl: string
    installUrl: string | null
  }
}

/** How the platform answered to somebody it does not know. */
export type PlatformAnswer = { status: number; date: string | null; tookMs: number; askedAt: number }

/** What is examined. What several checks look at is looked up once. */
export type Patient = {
  settings: Settings
  /** Names of the migrations that this version comes with. */
  migrations: readonly string[]
  database: Database
  inspectDatabase(): Promise<DatabaseState>
  /** Null where the platform is not to be asked. */
  askPlatform: (() => Promise<PlatformAnswer>) | null
  now: Clock
}

/** The client key that new installations are made with. */
export const currentClientId = ({ highLevel }: Settings): string => highLevel.clients[0]?.id ?? ''
