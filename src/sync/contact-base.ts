import type { TenantDb } from '../db/database.ts'
import type { Contact } from '../highlevel/contacts.ts'
import { canonicalJson } from '../lib/canonical-json.ts'
import { sha256Hex } from '../lib/hash.ts'
import type { Vault } from '../tenants/vault.ts'
import { basePlace, findLink, saveLink } from './link-store.ts'
import type { Base } from './plan-contact.ts'

/** The partner's counterpart of a contact, and what both sides agreed on when they were last in step. */
export type Known = { partnerId: string; base: Base }

type About = { connectionId: string; contactId: string }

const linkKey = ({ connectionId, contactId }: About) =>
  ({ connectionId, object: 'contact', highLevelId: contactId }) as const

export async function readBase(vault: Vault, db: TenantDb, about: About): Promise<Known | undefined> {
  const key = linkKey(about)
  const link = await findLink(db, key)
  if (!link?.base) return undefined
  const base = JSON.parse((await vault.openBytes(db, basePlace(db, key), link.base)).toString('utf8'))
  return { partnerId: link.partnerId, base }
}

export async function keepBase(
  vault: Vault,
  db: TenantDb,
  now: { connectionId: string; contact: Contact; known: Known; at: Date },
): Promise<void> {
  const { partnerId, base } = now.known
  const key = linkKey({ connectionId: now.connectionId, contactId: now.contact.id })
  const link = {
    ...key,
    partnerId,
    highLevelHash: sha256Hex(canonicalJson(now.contact)),
    partnerHash: sha256Hex(canonicalJson(base.record)),
    base: await vault.sealBytes(db, basePlace(db, key), Buffer.from(JSON.stringify(base))),
  }
  await saveLink(db, link, now.at)
}
