import { z } from 'zod'
import { Trouble } from '../lib/trouble.ts'
import type { HighLevelApi } from './api.ts'

/** What the token endpoint grants. Both spellings are read: documents and pages differ. */
export type TokenGrant = {
  accessToken: string
  /** Absent for tokens exchanged from a company token by older paths: then it is exchanged again. */
  refreshToken: string | null
  /** Seconds; an answer without it is survived by assuming a short life. */
  expiresIn: number
  /** Empty when the answer does not name them. */
  scopes: string[]
  userType: 'Location' | 'Company'
  companyId: string | null
  locationId: string | null
  userId: string | null
  planId: string | null
  versionId: string | null
  futureLocations: boolean
}

/** `installedAt` in milliseconds by the platform's clock. */
export type InstalledLocation = { id: string; versionId: string | null; installedAt: number | null }

export type OAuthClient = {
  exchangeCode(code: string, redirectUri: string): Promise<TokenGrant>
  refresh(refreshToken: string, userType: 'Location' | 'Company'): Promise<TokenGrant>
  /** A location's token, from its company's (HighLevel docs: Get Location Access Token from Agency Token). */
  exchangeForLocation(companyToken: string, companyId: string, locationId: string): Promise<TokenGrant>
  /** One page of the company's locations that have the app. A page that is not full is the last one. */
  listInstalledLocations(companyToken: string, companyId: string, skip: number): Promise<InstalledLocation[]>
  /** What the list says when it is asked for this location of the company alone. */
  findInstalledLocations(companyToken: string, companyId: string, locationId: string): Promise<InstalledLocation[]>
}

/** The most that a page may hold. */
export const INSTALLED_PAGE = 100

const VERSION = '2021-07-28'
const ASSUMED_LIFE_SECONDS = 3600

/** Optional in the documents, null in some answers. */
const text = z
  .string()
  .min(1)
  .nullish()
  .transform((value) => value ?? null)

const grant = z
  .object({
    access_token: z.string().min(1),
    refresh_token: text,
    expires_in: z.number().positive().nullish(),
    scope: text,
    userType: z.enum(['Location', 'Company']).nullish(),
    companyId: text,
    locationId: text,
    userId: text,
    planId: text,
    versionId: text,
    installToFutureLocations: z.boolean().nullish(),
    approveAllLocations: z.boolean().nullish(),
  })
  .transform(
    (answer): TokenGrant => ({
      accessToken: answer.access_token,
      refreshToken: answer.refresh_token,
      expiresIn: answer.expires_in ?? ASSUMED_LIFE_SECONDS,
      scopes: answer.scope?.split(/\s+/).filter(Boolean) ?? [],
      userType: answer.userType ?? (answer.locationId ? 'Location' : 'Company'),
      companyId: answer.companyId,
      locationId: answer.locationId,
      userId: answer.userId,
      planId: answer.planId,
      versionId: answer.versionId,
      // Whether "all locations" are those that will be opened, too, is not documented: looking there costs one call.
      futureLocations: Boolean(answer.installToFutureLocations || answer.approveAllLocations),
    }),
  )

const CAMEL_TO_SNAKE = { accessToken: 'access_token', refreshToken: 'refresh_token', expiresIn: 'expires_in' }

const installedLocations = z.object({
  locations: z.array(z.object({ _id: z.string().min(1), versionId: text, installedAt: text })),
})

export type OAuthSettings = { appId: string; clientId: string; clientSecret: string }

export function createOAuthClient(api: HighLevelApi, settings: OAuthSettings): OAuthClient {
  const tokenCall = async (fields: Record<string, string>): Promise<TokenGrant> =>
    readGrant(
      await api({
        method: 'POST',
        path: '/oauth/token',
        version: VERSION,
        body: new URLSearchParams({ client_id: settings.clientId, client_secret: settings.clientSecret, ...fields }),
      }),
    )
  const listCall = async (
    accessToken: string,
    query: { companyId: string } & Record<string, string>,
  ): Promise<InstalledLocation[]> => {
    const answer = await api({
      method: 'GET',
      path: '/oauth/installedLocations',
      version: VERSION,
      scope: 'oauth.readonly',
      query: { appId: settings.appId, isInstalled: 'true', ...query },
      accessToken,
      resource: { companyId: query.companyId },
    })
    return read(installedLocations, answer).locations.map(readLocation)
  }
  return {
    // Whoever installs decides which class of token comes; the answer says which.
    exchangeCode: (code, redirectUri) =>
      tokenCall({ grant_type: 'authorization_code', code, redirect_uri: redirectUri, user_type: 'Location' }),
    refresh: (refreshToken, userType) =>
      tokenCall({ grant_type: 'refresh_token', refresh_token: refreshToken, user_type: userType }),
    exchangeForLocation: async (companyToken, companyId, locationId) =>
      readGrant(
        await api({
          method: 'POST',
          path: '/oauth/locationToken',
          version: VERSION,
          scope: 'oauth.write',
          accessToken: companyToken,
          resource: { companyId },
          body: new URLSearchParams({ companyId, locationId }),
        }),
      ),
    // `count` counts all locations of the company, not the installed ones.
    listInstalledLocations: (companyToken, companyId, skip) =>
      listCall(companyToken, { companyId, skip: String(skip), limit: String(INSTALLED_PAGE) }),
    findInstalledLocations: (companyToken, companyId, locationId) => listCall(companyToken, { companyId, locationId }),
  }
}

const readLocation = (location: z.infer<typeof installedLocations>['locations'][number]): InstalledLocation => {
  const installedAt = Date.parse(location.installedAt ?? '')
  return {
    id: location._id,
    versionId: location.versionId,
    installedAt: Number.isNaN(installedAt) ? null : installedAt,
  }
}

function readGrant(answer: unknown): TokenGrant {
  const renamed = Object.entries(z.record(z.string(), z.unknown()).catch({}).parse(answer)).map(([name, value]) => [
    CAMEL_TO_SNAKE[name as keyof typeof CAMEL_TO_SNAKE] ?? name,
    value,
  ])
  return read(grant, Object.fromEntries(renamed))
}

function read<T>(schema: z.ZodType<T>, answer: unknown): T {
  const parsed = schema.safeParse(answer)
  if (parsed.success) return parsed.data
  const fields = parsed.error.issues.map((issue) => issue.path.join('.')).join(', ')
  throw new Trouble('unexpected_answer', { detail: `The platform's answer lacks or misstates: ${fields}.` })
}
