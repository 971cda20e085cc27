import { canonicalJson } from '../lib/canonical-json.ts'
import { sha256 } from '../lib/hash.ts'

/** Who did it. `id` is a user id, an operator's name, a key's prefix, or the name of the part that acted by itself. */
export type Actor = {
  kind: 'user' | 'operator' | 'api_key' | 'highlevel' | 'partner' | 'schedule' | 'system'
  id: string
  /** Where from: an address, where one is known. */
  origin?: string
}

export type AuditAction =
  | 'installation.pending'
  | 'installation.installed'
  | 'installation.reinstalled'
  | 'installation.claimed'
  | 'installation.leave_asked'
  | 'installation.uninstalled'
  | 'installation.needs_reconnect'
  | 'installation.suspended'
  | 'installation.recovered'
  | 'installation.updated'
  | 'installation.plan_changed'
  | 'installation.reconciled'
  | 'reconcile.finished'
  | 'reconcile.refused'
  | 'installation.scopes_changed'
  | 'installation.external_auth_connected'
  | 'tokens.refreshed'
  | 'session.opened'
  | 'connection.created'
  | 'connection.credentials_replaced'
  | 'connection.credentials_refused'
  | 'connection.credentials_erased'
  | 'connection.removed'
  | 'connection.hook_made'
  | 'connection.hook_registered'
  | 'flow.created'
  | 'flow.saved'
  | 'flow.restored'
  | 'flow.renamed'
  | 'flow.deleted'
  | 'flow.switched_on'
  | 'flow.switched_off'
  | 'flow.warned'
  | 'flow.warning_cleared'
  | 'trigger.begun'
  | 'trigger.restarted'
  | 'conflict.settled'
  | 'write.undone'
  | 'backfill.planned'
  | 'backfill.test_started'
  | 'backfill.started'
  | 'backfill.paused'
  | 'backfill.resumed'
  | 'backfill.cancelled'
  | 'backfill.finished'
  | 'backfill.failed'
  | 'backfill.waits'
  | 'delivery.replayed'
  | 'delivery.discarded'
  | 'deliveries.change_ordered'
  | 'deliveries.replayed'
  | 'deliveries.discarded'
  | 'console.link_made'
  | 'console.signed_in'
  | 'console.signed_out'
  | 'deliveries.retired'
  | 'tenant.exported'
  | 'tenant.purge_asked'
  | 'tenant.purge_begun'
  | 'tenant.purged'
  | 'audit.verified'
  | 'keys.rotation_begun'
  | 'keys.rotated'
  | 'keys.backed_up'
  | 'database.restored'

export type AuditInput = {
  action: AuditAction
  actor: Actor
  /** What it was done to: `connection/<id>`. */
  target: string
  /** Names of changed fields, never their values. */
  fields?: string[]
  /** A few plain facts that are not personal and not secret. */
  details?: Record<string, string | number | boolean>
  at: number
}

export type AuditEntry = {
  tenantId: string
  seq: number
  at: Date
  actor: Actor
  action: string
  target: string
  fields: string[]
  details: Record<string, string | number | boolean>
  canonical: string
  previousHash: Buffer
  hash: Buffer
}

export const GENESIS = Buffer.alloc(32)

/** The text that is hashed: everything of the entry but its number and its place in the chain, in a fixed form. */
export const canonicalEntry = (tenantId: string, entry: Omit<AuditInput, 'action'> & { action: string }): string =>
  canonicalJson({
    v: 1,
    tenant: tenantId,
    at: new Date(entry.at).toISOString(),
    actor: [entry.actor.kind, entry.actor.id],
    origin: entry.actor.origin ?? null,
    action: entry.action,
    target: entry.target,
    fields: entry.fields ?? [],
    details: entry.details ?? {},
  })

/** SHA-256 over the previous hash, the number (8 bytes, big-endian) and the canonical text. */
export function entryHash(previousHash: Uint8Array, seq: number, canonical: string): Buffer {
  const number = Buffer.alloc(8)
  number.writeBigInt64BE(BigInt(seq))
  return sha256(Buffer.concat([previousHash, number, Buffer.from(canonical, 'utf8')]))
}
