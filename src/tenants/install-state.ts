import { randomBytes } from 'node:crypto'
import type { SystemDb } from '../db/database.ts'
import type { Clock } from '../lib/clock.ts'
import { sameSecret, sha256Hex } from '../lib/hash.ts'
import type { SealKey } from '../lib/seal.ts'
import { readToken, signToken } from '../lib/signed-token.ts'
import { spendToken } from './spent-token-store.ts'

/** How long an installation may take from our page through the platform's consent and back. */
export const INSTALL_STATE_MS = 30 * 60_000

const PURPOSE = 'install state'

type StateDeps = { sessionKeys: readonly SealKey[]; now: Clock }

/** A state for the authorize link, and the nonce that the browser keeps in a cookie to show that it is the same one. */
export async function makeInstallState(deps: StateDeps): Promise<{ state: string; nonce: string }> {
  const nonce = randomBytes(32).toString('base64url')
  const claims = { browser: sha256Hex(nonce), jti: randomBytes(16).toString('base64url') }
  const state = await signToken(deps.sessionKeys, {
    purpose: PURPOSE,
    claims,
    lifeMs: INSTALL_STATE_MS,
    now: deps.now(),
  })
  return { state, nonce }
}

/** True once, in the browser it was made for, while it lives. */
export async function acceptInstallState(
  deps: StateDeps & { system: SystemDb },
  given: { state: string; nonce: string | undefined },
): Promise<boolean> {
  const claims = await readToken(deps.sessionKeys, { purpose: PURPOSE, value: given.state, now: deps.now() })
  if (!claims || typeof claims.browser !== 'string' || given.nonce === undefined) return false
  if (!sameSecret(claims.browser, sha256Hex(given.nonce))) return false
  return spendToken(deps.system, `${PURPOSE} ${claims.jti}`, new Date(deps.now() + INSTALL_STATE_MS))
}
