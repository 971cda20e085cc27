import type { SystemDb } from '../db/database.ts'
import { sha256 } from '../lib/hash.ts'

/**
 * Spends a single-use token (an OAuth state, a sign-in link, a user-data payload): true for exactly one caller, in any
 * process. Only its hash is kept, until nobody would accept it any more.
 */
export async function spendToken(db: SystemDb, token: string, expiresAt: Date): Promise<boolean> {
  const spent = await db
    .sql('spent_tokens')
    .insert({ hash: sha256(token), expires_at: expiresAt })
    .onConflict('hash')
    .ignore()
    .returning('hash')
  return spent.length === 1
}

/** Whether somebody has spent it, and it is still remembered. */
export const isTokenSpent = async (db: SystemDb, token: string): Promise<boolean> =>
  (await db
    .sql('spent_tokens')
    .where({ hash: sha256(token) })
    .first('hash')) !== undefined

export const forgetSpentTokens = (db: SystemDb, now: number): Promise<number> =>
  db.sql('spent_tokens').where('expires_at', '<', new Date(now)).delete()
