import type { Connection } from '../connections/connection-store.ts'
import { type OpenConnection, openConnection } from '../connections/open-connection.ts'
import type { FlowTemplate } from '../connectors/connector.ts'
import { getAction } from '../connectors/get-action.ts'
import type { TenantDb } from '../db/database.ts'
import type { StartedFlow } from '../flows/flow-store.ts'
import type { Contact } from '../highlevel/contacts.ts'
import { AppError } from '../lib/errors.ts'
import { type Known, readBase } from './contact-base.ts'
import { labelKey } from './label-key.ts'
import { findLabelIds } from './link-store.ts'
import { type ContactPlan, isInStep, planContact } from './plan-contact.ts'
import type { SyncDeps } from './run-flow.ts'

/** All that a run needs, read in one transaction. */
export type Prepared = {
  open: OpenConnection
  template: FlowTemplate
  known: Known | undefined
  plan: ContactPlan
  /** The partner's ids of the labels concerned, as far as they are known. */
  labelIds: ReadonlyMap<string, string>
}

export async function prepareRun(
  deps: SyncDeps,
  db: TenantDb,
  flow: StartedFlow,
  contact: Contact,
): Promise<Prepared | { waiting: Connection }> {
  const open = await openConnection(deps, db, flow.connectionId)
  if ('waiting' in open) return open
  const template = templateOf(open, flow)
  const known = await readBase(deps.vault, db, { connectionId: flow.connectionId, contactId: contact.id })
  const plan = planContact({
    contact,
    rows: flow.rows,
    consent: template.consent,
    input: getAction(open.connector, template.upsert).input,
    labelled: template.labels !== null,
    base: known?.base,
  })
  const keys = isInStep(plan) ? [] : [...contact.tags.map(labelKey), ...plan.labels.remove]
  const labelIds = keys.length === 0 ? new Map() : await findLabelIds(db, flow.connectionId, keys)
  return { open, template, known, plan, labelIds }
}

function templateOf(open: OpenConnection, flow: StartedFlow): FlowTemplate {
  const template = open.connector.templates.find(({ key }) => key === flow.template)
  if (!template) throw new AppError('not_found', { detail: `${open.connector.name} no longer has this kind of flow.` })
  return template
}
