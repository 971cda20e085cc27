import { setTimeout as sleep } from 'node:timers/promises'
import type { LabelRule } from '../connectors/connector.ts'
import { newId } from '../lib/ids.ts'
import { Trouble } from '../lib/trouble.ts'
import { releaseLease, takeLease } from '../tenants/lease-store.ts'
import { deleteLink, findLink, saveLink } from './link-store.ts'
import type { StepRunner } from './run-step.ts'

const LEASE_MS = 30_000
const LONGEST_WAIT_MS = 60_000

/**
 * The partner's id of the label that a tag stands for. Found or made there once: concurrent workers agree by lease, so
 * that one tag never becomes two labels.
 */
export async function labelIdOf(runner: StepRunner, rule: LabelRule, tag: string): Promise<string> {
  const { deps, tenantId, open } = runner
  const key = { connectionId: open.connection.id, object: 'label', highLevelId: tag } as const
  const lease = { name: `label ${open.connection.id} ${tag}`, holder: newId(), forMs: LEASE_MS }
  for (const giveUpAt = Date.now() + LONGEST_WAIT_MS; Date.now() < giveUpAt; ) {
    const known = await deps.database.asTenant(tenantId, (db) => findLink(db, key))
    if (known) return known.partnerId
    const taken = await deps.database.asTenant(tenantId, (db) => takeLease(db, lease))
    if (!taken) {
      await sleep(100 + Math.random() * 100)
      continue
    }
    try {
      const made = await runner.run(rule.ensure.action, rule.ensure.input(tag), (db, { id }) =>
        saveLink(
          db,
          { ...key, partnerId: id, highLevelHash: null, partnerHash: null, base: null },
          new Date(deps.now()),
        ),
      )
      return made.id
    } finally {
      await deps.database.asTenant(tenantId, (db) => releaseLease(db, taken))
    }
  }
  throw new Trouble('unavailable', { detail: 'The label is being made elsewhere and that takes too long.' })
}

/** The label is gone there: what was known of it no longer holds. */
export const forgetLabel = ({ deps, tenantId, open }: StepRunner, tag: string): Promise<void> =>
  deps.database.asTenant(tenantId, (db) =>
    deleteLink(db, { connectionId: open.connection.id, object: 'label', highLevelId: tag }),
  )
