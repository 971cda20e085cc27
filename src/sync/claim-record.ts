import type { TenantDb } from '../db/database.ts'
import { sha256Hex } from '../lib/hash.ts'
import { Trouble } from '../lib/trouble.ts'
import { deleteLink, findLinkOfPartner } from './link-store.ts'
import type { StepRunner } from './run-step.ts'
import { endTurn, takeTurn } from './take-turn.ts'

export type ContactExists = (contactId: string) => Promise<boolean>

/** Rejects when the partner's record is the counterpart of another contact that still exists. */
export async function claimRecord(
  { deps, tenantId, open }: StepRunner,
  wanted: { contactId: string; partnerId: string; exists: ContactExists },
): Promise<void> {
  const { contactId, partnerId } = wanted
  const key = { connectionId: open.connection.id, object: 'contact', partnerId } as const
  const holder = await deps.database.asTenant(tenantId, (db) => findLinkOfPartner(db, key))
  if (!holder || holder.highLevelId === contactId) return
  if (await wanted.exists(holder.highLevelId)) throw alreadyLinked(open.connector.name)
  await deps.database.asTenant(tenantId, (db) => deleteLink(db, holder))
}

const alreadyLinked = (partner: string): Trouble =>
  new Trouble('conflict', {
    detail: `Another contact of your account has the same e-mail address or phone number and is linked to this contact in ${partner} already. Nothing was merged: merge the two in your account, or correct one of them.`,
  })

/**
 * Two contacts with one e-mail address may be worked on at the same moment, and then neither would find the other's
 * record. So the search and the write of what is new are done by one at a time for each identity.
 */
export async function oneAtATime<T>(
  runner: StepRunner,
  identities: readonly unknown[],
  work: (release: (db: TenantDb) => Promise<void>) => Promise<T>,
): Promise<T> {
  const { deps, tenantId, runId: holder, open } = runner
  const names = identities
    .flatMap((value) => (value ? [`record ${open.connection.id} ${sha256Hex(String(value).toLowerCase())}`] : []))
    .sort()
  const turn = await takeTurn(deps.database, { tenantId, holder, names }, async () => undefined)
  const leases = 'leases' in turn ? turn.leases : []
  try {
    return await work((db) => endTurn(db, leases))
  } catch (error) {
    await deps.database.asTenant(tenantId, (db) => endTurn(db, leases))
    throw error
  }
}
