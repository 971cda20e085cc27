import type { TenantDb } from '../db/database.ts'
import type { Vault } from '../tenants/vault.ts'
import { type ContactState, NOTHING_KNOWN } from './contact-state.ts'
import {
  contactStatePlace,
  findContactState,
  findContactStateForChange,
  insertContactState,
  type StoredContactState,
  updateContactState,
} from './contact-state-store.ts'

export async function readContactState(vault: Vault, db: TenantDb, contactId: string): Promise<ContactState> {
  const stored = await findContactState(db, contactId)
  return stored ? opened(vault, db, contactId, stored) : NOTHING_KNOWN
}

/** Changes what is known by what it is at this moment, whoever else is at it. */
export async function changeContactState(
  vault: Vault,
  db: TenantDb,
  input: { contactId: string; change(known: ContactState): ContactState; at: Date },
): Promise<void> {
  const { contactId, change, at } = input
  const seal = (state: ContactState): Promise<StoredContactState> => sealed(vault, db, contactId, state)
  let before = await findContactStateForChange(db, contactId)
  if (!before) {
    if (await insertContactState(db, contactId, await seal(change(NOTHING_KNOWN)), at)) return
    before = await findContactStateForChange(db, contactId)
  }
  if (!before) return // all of the tenant was deleted meanwhile
  await updateContactState(db, contactId, await seal(change(await opened(vault, db, contactId, before))), at)
}

async function sealed(
  vault: Vault,
  db: TenantDb,
  contactId: string,
  { deletedAt, ...heard }: ContactState,
): Promise<StoredContactState> {
  const isNothing = heard.tags === null && Object.keys(heard.doNotDisturb).length === 0
  const place = contactStatePlace(db.tenantId, contactId)
  const text = Buffer.from(JSON.stringify(heard))
  return {
    known: isNothing && deletedAt !== null ? null : await vault.sealBytes(db, place, text),
    deletedAt: deletedAt === null ? null : new Date(deletedAt),
  }
}

async function opened(
  vault: Vault,
  db: TenantDb,
  contactId: string,
  { known, deletedAt }: StoredContactState,
): Promise<ContactState> {
  const place = contactStatePlace(db.tenantId, contactId)
  const heard = known && JSON.parse((await vault.openBytes(db, place, known)).toString('utf8'))
  return { ...NOTHING_KNOWN, ...heard, deletedAt: deletedAt?.getTime() ?? null }
}
