import { setTimeout as sleep } from 'node:timers/promises'
import type { TenantDb } from '../db/database.ts'
import { Trouble } from '../lib/trouble.ts'
import type { Vault } from '../tenants/vault.ts'
import { openBase } from './base.ts'
import { holdLink, type Link } from './link-store.ts'
import type { Base } from './plan/record-plan.ts'
import type { RunContext } from './run-context.ts'
import type { SyncDeps } from './sync-deps.ts'

/** A pair that nobody else works on; undefined where the record has no counterpart yet. */
export type HeldPair = { link: Link; base: Base | undefined }

/** Longer than the calls that are made meanwhile may take together. */
export const HOLD_MS = 60_000
/** Whoever waits longer is tried again later, so that one slow partner does not hold the worker's places. */
const LONGEST_WAIT_MS = 5000

export async function holdPair(
  vault: Vault,
  db: TenantDb,
  ctx: RunContext,
  object: string,
): Promise<HeldPair | 'busy' | undefined> {
  const end = { connectionId: ctx.open.connection.id, object, side: ctx.from, recordId: ctx.recordId }
  const link = await holdLink(db, end, { holder: ctx.runId, forMs: HOLD_MS })
  if (!link || link === 'busy') return link
  return { link, base: link.base ? await openBase(vault, db, link, link.base) : undefined }
}

/** Waits until whoever holds it has done. */
export async function holdPairInTurn(deps: SyncDeps, ctx: RunContext, object: string): Promise<HeldPair | undefined> {
  for (const giveUpAt = Date.now() + LONGEST_WAIT_MS; Date.now() < giveUpAt; ) {
    const held = await deps.database.asTenant(ctx.tenantId, (db) => holdPair(deps.vault, db, ctx, object))
    if (held !== 'busy') return held
    await sleep(50 + Math.random() * 100)
  }
  throw new Trouble('unavailable', { detail: 'Another run works on this record just now. It will be tried again.' })
}
