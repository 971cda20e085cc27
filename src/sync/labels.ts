import type { ActionResult, LabelRule, PartnerRecord, WrittenRecord } from '../connectors/connector.ts'
import { isTrouble, Trouble } from '../lib/trouble.ts'
import { labelKey } from './label-key.ts'
import { deleteStaleLabel, findLabelIds, saveLabel } from './label-store.ts'
import type { PartnerCalls } from './partner-calls.ts'
import { endTurn, takeTurn } from './take-turn.ts'

/** The labels that tags stand for. */
export type Labels = {
  /** Gives the record the label of this tag. A label that was deleted there is made once more. */
  add(written: WrittenRecord, tag: string, known?: PartnerRecord): Promise<ActionResult>
  /** Takes away the label that stands for this tag, whoever made it. */
  remove(written: WrittenRecord, key: string): Promise<void>
}

export function createLabels(calls: PartnerCalls, rule: LabelRule): Labels {
  const idOf = async (key: string): Promise<string | undefined> =>
    (await calls.deps.database.asTenant(calls.tenantId, (db) => findLabelIds(db, calls.open.connection.id, [key]))).get(
      key,
    )
  const give = (written: WrittenRecord, labelId: string, known?: PartnerRecord): Promise<ActionResult> =>
    calls.run({ action: rule.add.action, input: rule.add.input(written, labelId), ...(known && { known }) })
  return {
    add: async (written, tag, known) => {
      const knownId = await idOf(labelKey(tag))
      if (knownId === undefined) return give(written, await ensureLabel(calls, rule, tag), known)
      try {
        return await give(written, knownId, known)
      } catch (error) {
        if (!isTrouble(error) || error.code !== 'not_found') throw error
        return give(written, await ensureLabel(calls, rule, tag, knownId), known)
      }
    },
    remove: async (written, key) => {
      const labelId = (await idOf(key)) ?? (await ensureLabel(calls, rule, key))
      await calls.run({ action: rule.remove.action, input: rule.remove.input(written, labelId) })
    },
  }
}

/**
 * The partner's id of the label, found there or made: once, since concurrent runs take turns. `stale` is an id that the
 * partner no longer knows.
 */
async function ensureLabel(calls: PartnerCalls, rule: LabelRule, tag: string, stale?: string): Promise<string> {
  const { deps, tenantId, runId: holder, open } = calls
  const [connectionId, key] = [open.connection.id, labelKey(tag)]
  const names = [`label ${connectionId} ${key}`]
  const turn = await takeTurn(deps.database, { tenantId, holder, names }, async (db) => {
    if (stale !== undefined) await deleteStaleLabel(db, { connectionId, key, id: stale })
    return (await findLabelIds(db, connectionId, [key])).get(key)
  })
  if ('found' in turn) return turn.found
  try {
    const { id } = await calls.run({ action: rule.ensure.action, input: rule.ensure.input(tag) })
    if (!id) throw new Trouble('unexpected_answer', { detail: 'The label was made, but no id came back.' })
    await deps.database.asTenant(tenantId, async (db) => {
      await saveLabel(db, { connectionId, key, id }, new Date(deps.now()))
      await endTurn(db, turn.leases)
    })
    return id
  } catch (error) {
    await deps.database.asTenant(tenantId, (db) => endTurn(db, turn.leases))
    throw error
  }
}
