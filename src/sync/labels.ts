import { setTimeout as sleep } from 'node:timers/promises'
import type { LabelRule } from '../connectors/connector.ts'
import { newId } from '../lib/ids.ts'
import { Trouble } from '../lib/trouble.ts'
import { releaseLease, takeLease } from '../tenants/lease-store.ts'
import { deleteLink, findLink, type Link, saveLink } from './link-store.ts'
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
      return await makeLabel(runner, rule, tag, key)
    } finally {
      await deps.database.asTenant(tenantId, (db) => releaseLease(db, taken))
    }
  }
  throw new Trouble('unavailable', { detail: 'The label is being made elsewhere and that takes too long.' })
}

type LabelKey = Pick<Link, 'connectionId' | 'object' | 'highLevelId'>

async function makeLabel(runner: StepRunner, rule: LabelRule, tag: string, key: LabelKey): Promise<string> {
  const made = await runner.run(rule.ensure.action, rule.ensure.input(tag), async (db, { id }) => {
    if (!id) return
    const link = { ...key, partnerId: id, highLevelHash: null, partnerHash: null, base: null }
    await saveLink(db, link, new Date(runner.deps.now()))
  })
  if (!made.id) throw new Trouble('unexpected_answer', { detail: 'The label was made, but no id came back.' })
  return made.id
}

/** The label is gone there: what was known of it no longer holds. */
export const forgetLabel = ({ deps, tenantId, open }: StepRunner, tag: string): Promise<void> =>
  deps.database.asTenant(tenantId, (db) =>
    deleteLink(db, { connectionId: open.connection.id, object: 'label', highLevelId: tag }),
  )
