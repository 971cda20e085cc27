import type { SyncStep } from '../connectors/flow-definition.ts'
import type { Field } from '../lib/field.ts'
import { type HeldPair, holdPair } from './hold-pair.ts'
import { isInStep } from './is-in-step.ts'
import { isPairInStep } from './is-pair-in-step.ts'
import { releaseLinksOf } from './link-store.ts'
import type { RunContext } from './run-context.ts'
import type { SyncRecord } from './sides/side.ts'
import type { SyncDeps } from './sync-deps.ts'

/** What was found by looking: the record with its labels, and its pair, held; null where it has no counterpart yet. */
export type LookedFirst = { source: SyncRecord; held?: HeldPair | null }

/**
 * What both sides agreed on is worth neither a call nor a run: of what is looked at once more (`isAgain`) the record alone shows
 * it, else what a search showed of its counterpart as well.
 */
export async function lookFirst(
  deps: SyncDeps,
  ctx: RunContext,
  { step, record, isAgain }: { step: SyncStep; record: SyncRecord; isAgain: boolean },
): Promise<LookedFirst | 'in step'> {
  const source = await withLabels(ctx, step, record)
  const fields = ctx.ahead ? await deps.contactFields(deps.tenantApi(ctx.tenantId), ctx.locationId) : []
  return deps.database.asTenant(ctx.tenantId, async (db) => {
    const held = await holdPair(deps.vault, db, ctx, step.object)
    if (held === 'busy') return { source }
    if (!held) return { source, held: null }
    const isDone = (isAgain && isInStep(ctx, step, held, source)) || isShownInStep(ctx, step, { held, source, fields })
    if (!isDone) return { source, held }
    await releaseLinksOf(db, ctx.runId)
    return 'in step'
  })
}

function isShownInStep(
  ctx: RunContext,
  step: SyncStep,
  pair: { held: HeldPair; source: SyncRecord; fields: readonly Field[] },
): boolean {
  const item = ctx.ahead?.item(pair.held.link.highLevelId)
  return item !== undefined && isPairInStep(ctx, step, { ...pair, item })
}

/** A list does not say them; the rest of the record need not be read once more for that. */
export async function withLabels(ctx: RunContext, step: SyncStep, record: SyncRecord): Promise<SyncRecord> {
  const object = ctx.open.connector.objects.find(({ key }) => key === step.object)
  const rule = object?.sync?.labels
  if (ctx.from !== 'partner' || step.labels.kind === 'none' || record.labels || !rule) return record
  return { ...record, labels: await rule.list(ctx.open.context, record.id) }
}
