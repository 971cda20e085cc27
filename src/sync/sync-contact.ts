import type { FlowTemplate, LabelRule, WrittenRecord } from '../connectors/connector.ts'
import type { TenantDb } from '../db/database.ts'
import type { StartedFlow } from '../flows/flow-store.ts'
import type { Contact } from '../highlevel/contacts.ts'
import { canonicalJson } from '../lib/canonical-json.ts'
import { sha256Hex } from '../lib/hash.ts'
import { isTrouble, Trouble } from '../lib/trouble.ts'
import type { Vault } from '../tenants/vault.ts'
import { forgetLabel, labelIdOf } from './labels.ts'
import { basePlace, findLink, type Link, saveLink } from './link-store.ts'
import { type Base, type ContactPlan, planContact } from './plan-contact.ts'
import type { StepRunner } from './run-step.ts'
import type { RunOutcome } from './run-store.ts'

export type SyncContactDeps = { vault: Vault; runner: StepRunner }

export type SyncResult = { outcome: RunOutcome; reason: string | null; partnerId: string | null }

/**
 * Brings the partner's contact in step with HighLevel's. What each step achieved is stored with the step, so a run that
 * is taken up again plans only what is left.
 */
export async function syncContact(
  deps: SyncContactDeps,
  { flow, template, contact }: { flow: StartedFlow; template: FlowTemplate; contact: Contact },
): Promise<SyncResult> {
  const known = await readBase(deps, contact.id)
  const plan = planContact({
    contact,
    rows: flow.rows,
    consent: template.consent,
    labelled: template.labels !== null,
    base: known?.base,
  })
  if (known && isInStep(plan)) return { outcome: 'unchanged', reason: null, partnerId: known.partnerId }

  const written = await writeRecord(deps, template, contact, plan, known)
  if (written.declined) return { outcome: 'skipped', reason: written.declined, partnerId: written.id }
  if (template.labels) await writeLabels(deps, template.labels, contact, plan, written, known?.base.labels ?? [])
  return { outcome: 'succeeded', reason: null, partnerId: written.id }
}

const isInStep = (plan: ContactPlan): boolean =>
  !plan.write && plan.addLabels.length === 0 && plan.removeLabels.length === 0

type Known = { partnerId: string; base: Base }

const readBase = ({ vault, runner }: SyncContactDeps, contactId: string): Promise<Known | undefined> =>
  runner.deps.database.asTenant(runner.tenantId, async (db) => {
    const key = linkKey(runner, contactId)
    const link = await findLink(db, key)
    if (!link?.base) return undefined
    const base = JSON.parse((await vault.openBytes(db, basePlace(db, key), link.base)).toString('utf8'))
    return { partnerId: link.partnerId, base }
  })

const linkKey = ({ open }: StepRunner, highLevelId: string) =>
  ({ connectionId: open.connection.id, object: 'contact', highLevelId }) as const satisfies Partial<Link>

async function writeRecord(
  deps: SyncContactDeps,
  template: FlowTemplate,
  contact: Contact,
  plan: ContactPlan,
  known: Known | undefined,
): Promise<WrittenRecord & { declined?: string }> {
  const { record } = plan
  if (known && !plan.write) return { id: known.partnerId, record }
  const labels = known?.base.labels ?? []
  const result = await deps.runner.run(template.upsert, record, async (db, { id }) => {
    if (id) await keepBase(deps, db, contact, id, { record, labels })
  })
  if (!result.id) throw new Trouble('unexpected_answer', { detail: 'The record was written, but no id came back.' })
  return { id: result.id, record, ...(result.effect === 'declined' && { declined: result.note ?? 'It was declined.' }) }
}

async function writeLabels(
  deps: SyncContactDeps,
  rule: LabelRule,
  contact: Contact,
  plan: ContactPlan,
  written: WrittenRecord,
  before: string[],
): Promise<void> {
  let labels = before
  const change = async (step: LabelRule['add'], tag: string, after: string[]): Promise<void> => {
    await withLabel(deps.runner, rule, tag, (labelId) =>
      deps.runner.run(step.action, step.input(written, labelId), (db) =>
        keepBase(deps, db, contact, written.id, { record: written.record, labels: after }),
      ),
    )
    labels = after
  }
  for (const tag of plan.addLabels) await change(rule.add, tag, [...labels, tag])
  for (const tag of plan.removeLabels)
    await change(
      rule.remove,
      tag,
      labels.filter((label) => label !== tag),
    )
}

/** A label that was deleted there is made once more. */
async function withLabel(
  runner: StepRunner,
  rule: LabelRule,
  tag: string,
  work: (labelId: string) => Promise<unknown>,
): Promise<void> {
  try {
    await work(await labelIdOf(runner, rule, tag))
  } catch (error) {
    if (!isTrouble(error) || error.code !== 'not_found') throw error
    await forgetLabel(runner, tag)
    await work(await labelIdOf(runner, rule, tag))
  }
}

async function keepBase(
  { vault, runner }: SyncContactDeps,
  db: TenantDb,
  contact: Contact,
  partnerId: string,
  base: Base,
): Promise<void> {
  const key = linkKey(runner, contact.id)
  const link: Link = {
    ...key,
    partnerId,
    highLevelHash: sha256Hex(canonicalJson(contact)),
    partnerHash: sha256Hex(canonicalJson(base.record)),
    base: await vault.sealBytes(db, basePlace(db, key), Buffer.from(JSON.stringify(base))),
  }
  await saveLink(db, link, new Date(runner.deps.now()))
}
