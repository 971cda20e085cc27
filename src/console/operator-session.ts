import { randomBytes } from 'node:crypto'
import { recordAudit } from '../audit/audit-store.ts'
import type { Database } from '../db/database.ts'
import type { Clock } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import type { SealKey } from '../lib/seal.ts'
import { readToken, signToken } from '../lib/signed-token.ts'
import { isTokenSpent, spendToken } from '../tenants/spent-token-store.ts'
import { NOBODY } from '../tenants/tenant-id.ts'

export type OperatorDeps = { database: Database; now: Clock; sessionKeys: readonly SealKey[]; baseUrl: string }

const LINK_PURPOSE = 'console link'
const LINK_MS = 15 * 60_000
const SESSION_PURPOSE = 'console session'
export const OPERATOR_SESSION_MS = 8 * 3_600_000

/**
 * A link that signs one operator in, once, within a quarter of an hour. The token stands behind the #, which browsers
 * keep to themselves: it reaches no log and no referrer.
 */
export async function makeAdminLink(deps: OperatorDeps, operator: string): Promise<string> {
  const now = deps.now()
  const claims = { sub: operator, jti: randomBytes(16).toString('base64url') }
  const token = await signToken(deps.sessionKeys, { purpose: LINK_PURPOSE, claims, lifeMs: LINK_MS, now })
  await recordOperator(deps, operator, 'console.link_made')
  return `${deps.baseUrl}/admin#${token}`
}

/** Exchanges the link's token, once, for the session that the browser keeps. */
export async function signInOperator(deps: OperatorDeps, token: string): Promise<string> {
  const now = deps.now()
  const claims = await readToken(deps.sessionKeys, { purpose: LINK_PURPOSE, value: token, now })
  if (typeof claims?.sub !== 'string' || typeof claims.jti !== 'string')
    throw new AppError('not_signed_in', { detail: ASK })
  const fresh = await spendToken(deps.database.system, `${LINK_PURPOSE} ${claims.jti}`, new Date(now + LINK_MS))
  if (!fresh) throw new AppError('not_signed_in', { detail: ASK })
  await recordOperator(deps, claims.sub, 'console.signed_in')
  return signToken(deps.sessionKeys, {
    purpose: SESSION_PURPOSE,
    claims: { sub: claims.sub, jti: randomBytes(16).toString('base64url') },
    lifeMs: OPERATOR_SESSION_MS,
    now,
  })
}

const ASK = 'This link was used already or is too old. Make a new one on the server: node src/cli.ts admin-link'

/** The operator's name, or undefined when nobody is signed in. */
export async function readOperator(deps: OperatorDeps, cookie: string | undefined): Promise<string | undefined> {
  const session = await readSession(deps, cookie)
  if (!session || (await isTokenSpent(deps.database.system, session.ending))) return undefined
  return session.operator
}

/** Ends the session wherever its cookie may be: whoever kept a copy is signed out as well. */
export async function signOutOperator(deps: OperatorDeps, cookie: string | undefined): Promise<void> {
  const session = await readSession(deps, cookie)
  const until = new Date(deps.now() + OPERATOR_SESSION_MS)
  if (!session || !(await spendToken(deps.database.system, session.ending, until))) return
  await recordOperator(deps, session.operator, 'console.signed_out')
}

/** Ours and not too old; whether it was ended is for the caller to look. */
async function readSession(
  deps: OperatorDeps,
  cookie: string | undefined,
): Promise<{ operator: string; ending: string } | undefined> {
  if (cookie === undefined) return undefined
  const claims = await readToken(deps.sessionKeys, { purpose: SESSION_PURPOSE, value: cookie, now: deps.now() })
  if (typeof claims?.sub !== 'string' || typeof claims.jti !== 'string') return undefined
  return { operator: claims.sub, ending: `${SESSION_PURPOSE} ${claims.jti}` }
}

const recordOperator = (
  deps: OperatorDeps,
  operator: string,
  action: 'console.link_made' | 'console.signed_in' | 'console.signed_out',
): Promise<void> =>
  deps.database.asTenant(NOBODY, (db) =>
    recordAudit(db, { action, actor: { kind: 'operator', id: operator }, target: 'console', at: deps.now() }),
  )
