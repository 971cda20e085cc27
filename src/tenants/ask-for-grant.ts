import type { OAuthClient, TokenGrant } from '../highlevel/oauth.ts'
import { isRefusal } from '../highlevel/refusal.ts'
import { AppError, isAppError } from '../lib/errors.ts'
import { isTrouble, Trouble } from '../lib/trouble.ts'
import type { AccessTokens } from './access-tokens.ts'
import { EndpointPaused } from './endpoint-pause.ts'
import type { HeldInstallation } from './held-store.ts'
import type { Held } from './held-tokens.ts'
import { companyTenantId } from './tenant-id.ts'
import { withAccessToken } from './with-access-token.ts'

export type AskDeps = { oauth: OAuthClient } & Pick<AccessTokens, 'getAccessToken'>

/** What the platform said. `lost`: it may have given a new pair that did not reach us. */
export type Answer = { grant: TokenGrant } | { error: unknown; lost: boolean }

/** Nobody was asked. */
export const isPaused = (answer: Answer): boolean => 'error' in answer && answer.error instanceof EndpointPaused

/**
 * A lost answer may hide a rotation: the same token once more, at once, is answered alike. `isLate`: too much time has gone by,
 * for a process may have slept meanwhile, and somebody else asks in its place.
 */
export async function askForGrant(deps: AskDeps, held: Held, isLate: () => boolean): Promise<Answer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return { grant: await ask(deps, held) }
    } catch (error) {
      const lost = isTrouble(error) && (error.outcomeUnknown || error.code === 'unexpected_answer')
      if (!lost || attempt === 2 || isLate()) return { error, lost }
    }
  }
}

/** By the installation's own refresh token, or, where it has none, from its company's token. */
async function ask(deps: AskDeps, { installation, tokens }: Held): Promise<TokenGrant> {
  if (!tokens.refreshToken) return exchangeFromCompany(deps, installation)
  return ownGrant(installation, await deps.oauth.refresh(tokens.refreshToken, installation.userType, tokens.clientId))
}

/** A location whose own refresh token is spent lives on, when its company's token still reaches it. */
export async function askCompany(deps: AskDeps, held: Held, refused: Answer): Promise<Answer> {
  const { companyId, locationId } = held.installation
  if (!companyId || !locationId || !held.tokens.refreshToken) return refused
  try {
    return { grant: await exchangeFromCompany(deps, held.installation) }
  } catch (error) {
    if (isTrouble(error) && (error.heals || isRefusal(error, 'location_inactive'))) return { error, lost: false }
    if (isTrouble(error) || isAppError(error)) return refused
    throw error
  }
}

async function exchangeFromCompany(deps: AskDeps, installation: HeldInstallation): Promise<TokenGrant> {
  const { appId, companyId, locationId } = installation
  if (!companyId || !locationId) throw new AppError('needs_reconnect')
  const grant = await withAccessToken(deps, companyTenantId(appId, companyId), (companyToken) =>
    deps.oauth.exchangeForLocation(companyToken, companyId, locationId),
  )
  return ownGrant(installation, grant)
}

/** Refuses tokens of another account. */
function ownGrant({ companyId, locationId }: HeldInstallation, grant: TokenGrant): TokenGrant {
  if ((grant.locationId ?? locationId) === locationId && (grant.companyId ?? companyId) === companyId) return grant
  throw new Trouble('unexpected_answer', { detail: 'The platform answered with tokens of another account.' })
}
