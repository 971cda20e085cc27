import type { TenantDb } from '../db/database.ts'
import type { Vault } from '../tenants/vault.ts'
import { basePlace, type LinkKey } from './link-store.ts'
import { type Base, NO_BASE } from './plan/record-plan.ts'

export const sealBase = (vault: Vault, db: TenantDb, key: LinkKey, base: Base): Promise<Buffer> =>
  vault.sealBytes(db, basePlace(db, key), Buffer.from(JSON.stringify(base)))

export async function openBase(vault: Vault, db: TenantDb, key: LinkKey, sealed: Buffer): Promise<Base> {
  const read = JSON.parse((await vault.openBytes(db, basePlace(db, key), sealed)).toString('utf8'))
  // Until flows went both ways only the partner's record was kept.
  if (read.record) return { ...NO_BASE, partner: read.record, labels: read.labels ?? [] }
  return { ...NO_BASE, ...read }
}
