import { z } from 'zod'
import { Trouble } from '../lib/trouble.ts'
import type { HighLevelApi } from './api.ts'
import { isRefusal, type RefusalKind } from './refusal.ts'

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
  /** The client key that obtained it, and alone may refresh it; null where a company's token was exchanged. */
  clientId: string | null
}

/** `installedAt` in milliseconds by the platform's clock. */
export type InstalledLocation = { id: string; versionId: string | null; installedAt: number | null }

export type OAuthClient = {
  exchangeCode(code: string, redirectUri: string): Promise<TokenGrant>
  /** With the client key that obtained the token; null where that is not known. */
  refresh(refreshToken: string, userType: 'Location' | 'Company', clientId: string | null): Promise<TokenGrant>
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
      clientId: null,
    }),
  )

const CAMEL_TO_SNAKE = { accessToken: 'access_token', refreshToken: 'refresh_token', expiresIn: 'expires_in' }

const installedLocations = z.object({
  locations: z.array(z.object({ _id: z.string().min(1), versionId: text, installedAt: text })),
})

/** A client key of the app. While its secret is being changed there are several, tried in this order. */
export type OAuthClientKey = { id: string; secrets: readonly string[] }

/** The first client key is current. */
export type OAuthSettings = { appId: string; clients: readonly OAuthClientKey[] }

type Credentials = { id: string; secret: string }

export function createOAuthClient(api: HighLevelApi, settings: OAuthSettings): OAuthClient {
  const tokenCall = async ({ id, secret }: Credentials, fields: Record<string, string>): Promise<TokenGrant> => {
    const body = new URLSearchParams({ client_id: id, client_secret: secret, ...fields })
    return { ...readGrant(await api({ method: 'POST', path: '/oauth/token', version: VERSION, body })), clientId: id }
  }
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
      firstAccepted(credentialsOf(settings.clients), ['client_refused', 'code_refused'], (credentials) =>
        tokenCall(credentials, {
          grant_type: 'authorization_code',
          code,
          redirect_uri: redirectUri,
          user_type: 'Location',
        }),
      ),
    refresh: (refreshToken, userType, clientId) => {
      const { clients, refusals } = clientsFor(settings.clients, clientId)
      return firstAccepted(credentialsOf(clients), refusals, (credentials) =>
        tokenCall(credentials, { grant_type: 'refresh_token', refresh_token: refreshToken, user_type: userType }),
      )
    },
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

const credentialsOf = (clients: readonly OAuthClientKey[]): Credentials[] =>
  clients.flatMap(({ id, secrets }) => secrets.map((secret) => ({ id, secret })))

/** The key that obtained the token; the current one when that is no longer configured; each of them when nobody knows. */
function clientsFor(
  clients: readonly OAuthClientKey[],
  clientId: string | null,
): { clients: readonly OAuthClientKey[]; refusals: RefusalKind[] } {
  if (clientId === null) return { clients, refusals: ['client_refused', 'token_spent'] }
  const own = clients.filter(({ id }) => id === clientId)
  return { clients: own.length > 0 ? own : clients.slice(0, 1), refusals: ['client_refused'] }
}

/** Goes on to the next credentials after one of these refusals; the last one's answer stands. */
async function firstAccepted(
  [credentials, ...others]: Credentials[],
  refusals: RefusalKind[],
  call: (credentials: Credentials) => Promise<TokenGrant>,
): Promise<TokenGrant> {
  if (!credentials) throw new Error('No client key is configured.')
  try {
    return await call(credentials)
  } catch (error) {
    const isNext = others.length > 0 && isRefusal(error) && refusals.includes(error.kind)
    if (!isNext) throw error
    return firstAccepted(others, refusals, call)
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
