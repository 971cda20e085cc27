import type { ActionResult, WrittenRecord } from '../connectors/connector.ts'
import type { TenantDb } from '../db/database.ts'
import type { Contact } from '../highlevel/contacts.ts'
import { isTrouble, Trouble } from '../lib/trouble.ts'
import type { Vault } from '../tenants/vault.ts'
import { type ContactExists, claimRecord, oneAtATime } from './claim-record.ts'
import { keepBase } from './contact-base.ts'
import { labelKey } from './label-key.ts'
import { createLabels } from './labels.ts'
import { leftOutNote } from './left-out-note.ts'
import { labelChanges } from './plan-contact.ts'
import type { Prepared } from './prepare-run.ts'
import type { StepRunner } from './run-step.ts'
import type { RunOutcome } from './run-store.ts'
import { sentences } from './sentences.ts'

export type SyncContactDeps = { vault: Vault; runner: StepRunner; exists: ContactExists }

export type SyncResult = { outcome: RunOutcome; reason: string | null; partnerId: string | null }

type Work = Prepared & { contact: Contact }

/** The record there, the labels it has there as far as they came from tags, and what the owner should know. */
type Written = WrittenRecord & { labels: string[]; note: string | null; isDeclined: boolean }

/**
 * Brings the partner's contact in step with HighLevel's. What each step achieved is stored with the step, so a run that
 * is taken up again plans only what is left.
 */
export async function syncContact(deps: SyncContactDeps, work: Work): Promise<SyncResult> {
  const agreed = agreedRecord(work)
  const first = agreed ?? (await writeRecord(deps, work))
  const isThere = first.isDeclined || (await writeLabels(deps, work, first))
  // Deleted there, and nothing but labels was to change: the record is written after all, which brings it back.
  const last = isThere ? first : await writeRecord(deps, work)
  if (!isThere && !last.isDeclined) await writeLabels(deps, work, last)
  return { outcome: last.isDeclined ? 'skipped' : 'succeeded', reason: last.note, partnerId: last.id }
}

const agreedRecord = ({ known, plan }: Work): Written | undefined =>
  known && !plan.write
    ? { id: known.partnerId, record: plan.record, labels: known.base.labels, note: null, isDeclined: false }
    : undefined

/** By the id of the linked record; if it is gone there, or was never linked, by what identifies it. */
async function writeRecord(deps: SyncContactDeps, work: Work): Promise<Written> {
  const { known, template, plan } = work
  const { record } = plan
  if (!known) return createRecord(deps, work)
  try {
    const input = template.update.input({ id: known.partnerId, record })
    const labelsAfter = ({ effect }: ActionResult) => (effect === 'revived' ? [] : known.base.labels)
    const result = await deps.runner.run({
      action: template.update.action,
      input,
      note: leftOutNote(plan),
      keep: (db, result) => keep(deps, db, work, { id: known.partnerId, record, labels: labelsAfter(result) }),
    })
    return written(work, { ...result, id: known.partnerId }, labelsAfter(result))
  } catch (error) {
    if (!isTrouble(error) || error.code !== 'not_found') throw error
    return createRecord(deps, work)
  }
}

async function createRecord(deps: SyncContactDeps, work: Work): Promise<Written> {
  const { runner, exists } = deps
  const { template, plan, contact } = work
  if (plan.obstacle) throw new Trouble('rejected', { detail: plan.obstacle })
  const identities = template.identity.map((field) => plan.record[field])
  const result = await oneAtATime(runner, identities, (release) =>
    runner.run({
      action: template.upsert,
      input: plan.record,
      note: leftOutNote(plan),
      claim: (partnerId) => claimRecord(runner, { contactId: contact.id, partnerId, exists }),
      keep: async (db, { id }) => {
        if (!id) throw new Trouble('unexpected_answer', { detail: 'The record was written, but no id came back.' })
        await keep(deps, db, work, { id, record: plan.record, labels: [] })
        await release(db)
      },
    }),
  )
  return written(work, result, [])
}

const written = (work: Work, result: ActionResult, labels: string[]): Written => ({
  id: String(result.id),
  record: work.plan.record,
  labels,
  note: sentences(result.note, leftOutNote(work.plan)),
  isDeclined: result.effect === 'declined',
})

/** False when the record turned out to be gone there. */
async function writeLabels(deps: SyncContactDeps, work: Work, record: Written): Promise<boolean> {
  const { template, plan, contact, labelIds, known } = work
  if (!template.labels) return true
  const labels = createLabels(deps.runner, template.labels, labelIds)
  let there = record.labels
  for (const tag of labelChanges(contact.tags, there).add) {
    const after = [...there, labelKey(tag)]
    const keepAdded = async (db: TenantDb, result?: ActionResult): Promise<void> => {
      if (result?.effect !== 'declined') await keep(deps, db, work, { ...record, labels: after })
    }
    const added = await labels.add(record, tag, keepAdded).catch((error: unknown) => {
      if (isTrouble(error) && error.code === 'not_found') return undefined
      throw error
    })
    if (!added || added.effect === 'declined') return false
    there = after
  }
  const isSameRecord = record.id === known?.partnerId
  for (const key of isSameRecord ? plan.labels.remove : []) {
    there = there.filter((label) => label !== key)
    const left = there
    await labels.remove(record, key, (db) => keep(deps, db, work, { ...record, labels: left }))
  }
  return true
}

async function keep(
  { vault, runner }: SyncContactDeps,
  db: TenantDb,
  { contact }: Work,
  { id, record, labels }: WrittenRecord & { labels: string[] },
): Promise<void> {
  const known = { partnerId: id, base: { record, labels } }
  const at = new Date(runner.deps.now())
  await keepBase(vault, db, { connectionId: runner.open.connection.id, contact, known, at })
}
