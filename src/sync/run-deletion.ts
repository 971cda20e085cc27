import { refuseOvertaken } from '../connections/open-connection.ts'
import type { DeleteRule } from '../connectors/flow-definition.ts'
import type { TenantDb } from '../db/database.ts'
import { newId } from '../lib/ids.ts'
import { isTrouble, Trouble } from '../lib/trouble.ts'
import { askForRemovals } from './ask-owner.ts'
import { countRemoved, isRemovingTooMany, TOO_MANY_REMOVED } from './brakes.ts'
import { contextOf } from './context-of.ts'
import type { FlowEvent } from './flow-event.ts'
import { FINISHED, type FlowResult } from './flow-result.ts'
import { type HeldPair, holdPairInTurn } from './hold-pair.ts'
import { deleteLink, haltLink, releaseLink } from './link-store.ts'
import { createPartnerCalls } from './partner-calls.ts'
import { otherSide } from './plan/record-plan.ts'
import type { RunContext } from './run-context.ts'
import type { FlowRun } from './run-flow.ts'
import { partnerSide } from './sides/partner-side.ts'
import { platformSide } from './sides/platform-side.ts'
import type { Side, WriteAround } from './sides/side.ts'
import type { SyncDeps } from './sync-deps.ts'
import { type OpenedRun, underRun } from './under-run.ts'
import {
  type ClosedWrite,
  closeWrites,
  lockRemovals,
  markUnknown,
  type NewWrite,
  openWrites,
  type Write,
} from './write-store.ts'

type Begun = { ctx: RunContext; end: OpenedRun['end'] }
type Deletion = { ctx: RunContext; rule: Exclude<DeleteRule, { kind: 'nothing' }>; object: string; held: HeldPair }

/** The record is gone on one side: what becomes of its counterpart is what the flow says, and nothing where it says nothing. */
export function runDeletion(deps: SyncDeps, event: FlowEvent, run: FlowRun & { object: string }): Promise<FlowResult> {
  const rule = run.flow.definition.onDelete
  return underRun<Begun>(deps, event, run.flow, {
    begin: async (db, { row, log, open, end }) => {
      if (rule.kind === 'nothing') {
        await end(db, { outcome: 'unchanged', reason: null })
        return FINISHED
      }
      if (!('waiting' in open)) return { ctx: contextOf(event, { ...run, log, open, runId: row.id }), end }
      await end(db, { outcome: 'retrying', reason: open.waiting.trouble ?? 'The connection is paused.' })
      return { state: 'waiting', reason: open.waiting.status }
    },
    work: async ({ ctx, end }) => {
      const held = await holdPairInTurn(deps, ctx, run.object)
      const isLeft = held && rule.kind !== 'nothing' && held.link.halted !== SET_ASIDE
      const deletion = isLeft ? { ctx, rule, object: run.object, held } : undefined
      const closing = deletion ? await carryOut(deps, deletion) : ({ outcome: 'skipped', reason: NOT_LINKED } as const)
      await deps.database.asTenant(ctx.tenantId, async (db) => {
        if (held) await releaseLink(db, held.link, ctx.runId)
        await end(db, closing)
      })
    },
  })
}

const NOT_LINKED = 'It had no counterpart.'

async function carryOut(deps: SyncDeps, deletion: Deletion) {
  const { ctx, rule, object, held } = deletion
  const to = otherSide(ctx.from)
  const { highLevelId, partnerId } = held.link
  const id = to === 'partner' ? partnerId : highLevelId
  const side = sideOf(deps, ctx, object)
  const writeId = newId()
  const write: NewWrite = {
    ...{ id: writeId, runId: ctx.runId, connectionId: ctx.open.connection.id, object, highLevelId, partnerId },
    ...{ side: to, kind: KINDS[rule.kind], step: null, changes: null, openedAt: new Date(deps.now()) },
  }
  const isBraked = await deps.database.asTenant(ctx.tenantId, (db) => openUnlessBraked(deps, db, deletion, write))
  if (isBraked) return { outcome: 'skipped', reason: TOO_MANY_REMOVED, highLevelId, partnerId } as const
  const close = (db: TenantDb, state: ClosedWrite['state'], reason: string | null): Promise<void> =>
    closeWrites(db, [{ id: writeId, highLevelId, partnerId, reason, state }], new Date(deps.now()))
  const reason = await act(side, id, rule).catch(async (error: unknown) => {
    const [state, said] = isTrouble(error) ? [stateAfter(error), error.message] : (['unknown', null] as const)
    await deps.database.asTenant(ctx.tenantId, (db) => close(db, state, said))
    throw error
  })
  await deps.database.asTenant(ctx.tenantId, async (db) => {
    await refuseOvertaken(db, ctx.open)
    await close(db, 'done', reason)
    if (staysLinked(deletion)) await haltLink(db, held.link, SET_ASIDE)
    else if (rule.kind !== 'tag') await deleteLink(db, held.link)
  })
  return { outcome: 'succeeded', reason, highLevelId, partnerId } as const
}

/**
 * An appointment that was cancelled, or an opportunity that was given up, because its counterpart was deleted is still there to be
 * changed. It keeps its link, so that nobody takes it for a new one and makes the counterpart again.
 */
const staysLinked = ({ rule, object }: Deletion): boolean => rule.kind === 'archive' && object !== 'contact'

const SET_ASIDE = 'Its counterpart was deleted, and it was set aside for that. It is left alone.'

const stateAfter = ({ outcomeUnknown }: Trouble): ClosedWrite['state'] => (outcomeUnknown ? 'unknown' : 'failed')

const KINDS = { tag: 'update', archive: 'archive', delete: 'remove' } as const satisfies Record<string, Write['kind']>

function sideOf(deps: SyncDeps, ctx: RunContext, object: string): Side {
  if (ctx.from === 'partner') return platformSide(deps, ctx, object)
  const found = ctx.open.connector.objects.find(({ key }) => key === object)
  if (!found) throw new Trouble('rejected', { detail: `${ctx.open.connector.name} has nothing of this kind any more.` })
  return partnerSide(createPartnerCalls(deps, ctx, ctx.log), found)
}

/** One sentence for the owner, where there is something to say. */
async function act(side: Side, id: string, rule: Deletion['rule']): Promise<string | null> {
  if (rule.kind === 'delete' && side.remove) return side.remove(id).then(() => null)
  if (rule.kind === 'archive' && side.archive) return side.archive(id).then(() => null)
  if (rule.kind !== 'tag') throw new Trouble('rejected', { detail: 'This cannot be done on the other side.' })
  const record = await side.read(id, { withLabels: false })
  if (!record || record.isDeleted) return 'It is gone on the other side as well.'
  await side.update(record, { fields: {}, consent: {}, labels: { add: [rule.tag], remove: [] } }, NO_CLAIM)
  return null
}

const NO_CLAIM: WriteAround = { quiet: false, contactId: null, claim: async () => {} }

/** Those that come at the same moment are counted one after another. */
async function openUnlessBraked(
  deps: SyncDeps,
  db: TenantDb,
  { ctx, rule, object }: Deletion,
  write: NewWrite,
): Promise<boolean> {
  await markUnknown(db, [ctx.runId], write.openedAt)
  if (rule.kind !== 'tag') {
    const about = { connectionId: write.connectionId, object, side: write.side, now: deps.now() }
    await lockRemovals(db, write.connectionId)
    if (isRemovingTooMany(await countRemoved(db, about))) {
      await askForRemovals(deps, db, ctx, object)
      return true
    }
  }
  await openWrites(db, [write])
  return false
}
