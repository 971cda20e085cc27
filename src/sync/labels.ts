import type { ActionResult, LabelRule, WrittenRecord } from '../connectors/connector.ts'
import type { TenantDb } from '../db/database.ts'
import { isTrouble, Trouble } from '../lib/trouble.ts'
import { labelKey } from './label-key.ts'
import { deleteStaleLink, findLink, saveLink } from './link-store.ts'
import type { StepRunner } from './run-step.ts'
import { endTurn, takeTurn } from './take-turn.ts'

/** The labels that tags stand for. */
export type Labels = {
  /** Gives the record the label of this tag. A label that was deleted there is made once more. */
  add(written: WrittenRecord, tag: string, keep: Keep): Promise<ActionResult>
  /** Takes the label away, if it is still known. */
  remove(written: WrittenRecord, key: string, keep: Keep): Promise<void>
}

type Keep = (db: TenantDb, result?: ActionResult) => Promise<void>

/** `known` holds the partner's ids of labels by their keys, as far as they are known. */
export function createLabels(runner: StepRunner, rule: LabelRule, known: ReadonlyMap<string, string>): Labels {
  const { deps, tenantId } = runner
  const runAdd = (written: WrittenRecord, labelId: string, keep: Keep): Promise<ActionResult> =>
    runner.run({ action: rule.add.action, input: rule.add.input(written, labelId), keep })
  return {
    add: async (written, tag, keep) => {
      const knownId = known.get(labelKey(tag))
      if (knownId === undefined) return runAdd(written, await ensureLabel(runner, rule, tag), keep)
      try {
        return await runAdd(written, knownId, keep)
      } catch (error) {
        if (!isTrouble(error) || error.code !== 'not_found') throw error
        return runAdd(written, await ensureLabel(runner, rule, tag, knownId), keep)
      }
    },
    remove: async (written, key, keep) => {
      const labelId = known.get(key)
      if (labelId === undefined) return deps.database.asTenant(tenantId, keep)
      await runner.run({ action: rule.remove.action, input: rule.remove.input(written, labelId), keep })
    },
  }
}

/**
 * The partner's id of the label, found there or made: once, since concurrent runs take turns. `stale` is an id that the
 * partner no longer knows.
 */
async function ensureLabel(runner: StepRunner, rule: LabelRule, tag: string, stale?: string): Promise<string> {
  const { deps, tenantId, runId: holder, open } = runner
  const key = { connectionId: open.connection.id, object: 'label', highLevelId: labelKey(tag) } as const
  const names = [`label ${open.connection.id} ${key.highLevelId}`]
  const turn = await takeTurn(deps.database, { tenantId, holder, names }, async (db) => {
    if (stale !== undefined) await deleteStaleLink(db, { ...key, partnerId: stale })
    return (await findLink(db, key))?.partnerId
  })
  if ('found' in turn) return turn.found
  try {
    const { id } = await runner.run({
      action: rule.ensure.action,
      input: rule.ensure.input(tag),
      keep: async (db, result) => {
        if (!result.id) throw new Trouble('unexpected_answer', { detail: 'The label was made, but no id came back.' })
        const link = { ...key, partnerId: result.id, highLevelHash: null, partnerHash: null, base: null }
        await saveLink(db, link, new Date(deps.now()))
        await endTurn(db, turn.leases)
      },
    })
    return String(id)
  } catch (error) {
    await deps.database.asTenant(tenantId, (db) => endTurn(db, turn.leases))
    throw error
  }
}
