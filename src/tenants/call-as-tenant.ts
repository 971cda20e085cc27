import type { Database } from '../db/database.ts'
import { isRefusal, type Refusal } from '../highlevel/refusal.ts'
import type { AccessTokens } from './access-tokens.ts'
import { type NoteDeps, noteFact } from './note-fact.ts'
import { openTokens } from './token-pair.ts'
import { withAccessToken } from './with-access-token.ts'

export type CallDeps = NoteDeps & { database: Database; accessTokens: Pick<AccessTokens, 'getAccessToken'> }

/** Calls HighLevel with the tenant's token. A refusal for want of a scope is remembered, so that the call is not repeated. */
export async function callAsTenant<T>(
  deps: CallDeps,
  tenantId: string,
  call: (accessToken: string) => Promise<T>,
): Promise<T> {
  let used: string | undefined
  try {
    return await withAccessToken(deps.accessTokens, tenantId, (accessToken) => {
      used = accessToken
      return call(accessToken)
    })
  } catch (error) {
    if (isRefusal(error, 'scope_missing') && used) await rememberRefusal(deps, tenantId, used, error)
    throw error
  }
}

/** Of tokens that have been replaced since, it says nothing. */
const rememberRefusal = (deps: CallDeps, tenantId: string, used: string, { scope }: Refusal): Promise<void> =>
  deps.database.asTenant(tenantId, async (db) => {
    const held = await openTokens(deps.vault, db)
    if (!scope || held?.accessToken !== used) return
    const fact = { kind: 'scope_refused', generation: held.generation, scope } as const
    await noteFact(deps, db, { fact, actor: { kind: 'highlevel', id: 'refusal' } })
  })
