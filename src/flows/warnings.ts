import type { Actor } from '../audit/audit-entry.ts'
import { recordAudit } from '../audit/audit-store.ts'
import { getConnection, listConnections } from '../connections/connection-store.ts'
import type { Connector } from '../connectors/connector.ts'
import { findConnector, getConnector } from '../connectors/registry.ts'
import type { TenantDb } from '../db/database.ts'
import type { Field } from '../lib/field.ts'
import { type CatalogueKey, PLATFORM_SIDE } from './field-catalogue-store.ts'
import { type FieldChange, fieldChanges, isRightAgain } from './field-changes.ts'
import { listRunningFlows, type StartedFlow } from './flow-store.ts'
import { type UsedField, usedFields } from './used-fields.ts'
import { changeOf, merged, warningOf } from './warning-of.ts'
import { deleteWarning, listWarnings, replaceWarning, type StoredWarning } from './warning-store.ts'

type Because = { actor: Actor; at: number }

/**
 * Fields of one kind of record were read again: warns of what became of those that flows use, and takes back what is right
 * again.
 */
export async function judgeFields(
  db: TenantDb,
  key: CatalogueKey,
  { before, after }: { before: readonly Field[]; after: readonly Field[] },
  because: Because,
): Promise<void> {
  const changes = fieldChanges(before, after)
  const now = new Map(after.map((field) => [field.key, field]))
  const news: News[] = []
  for (const { flow, used } of await listFlowsAt(db, key)) {
    const known = (await listWarnings(db, flow.id)).filter(
      ({ side, object }) => side === key.side && object === key.object,
    )
    for (const warning of known) {
      const change = changeOf(warning)
      if (change && isRightAgain(change, now.get(warning.field))) news.push(await takeBack(db, warning))
    }
    for (const change of changes.filter((one) => matters(one, used))) {
      const since = merged(
        known.find(({ kind, field }) => kind === change.kind && field === change.field),
        change,
      )
      if (isRightAgain(since, now.get(change.field))) continue // it is as it was when it was first told
      news.push(await warn(db, warningOf(flow.id, key, since, because.at)))
    }
  }
  await recordNews(db, news, because)
}

/** What is only read may well be read-only. */
const matters = (change: FieldChange, used: readonly UsedField[]): boolean =>
  used.some(({ field, use }) => field === change.field && (change.kind !== 'read_only' || use === 'written'))

/** Flows that are switched on, with what they use there. */
async function listFlowsAt(db: TenantDb, key: CatalogueKey): Promise<{ flow: StartedFlow; used: UsedField[] }[]> {
  const partners = new Map((await listConnections(db)).map(({ id, partner }) => [id, partner]))
  const flows = await listRunningFlows(db, key.side === PLATFORM_SIDE ? undefined : key.side)
  return flows.flatMap((flow) => {
    const connector = findConnector(partners.get(flow.connectionId) ?? '')
    return connector ? [{ flow, used: usedAt(flow, connector, key) }] : []
  })
}

const usedAt = (
  { definition }: Pick<StartedFlow, 'definition'>,
  connector: Connector,
  key: CatalogueKey,
): UsedField[] =>
  usedFields(definition, connector).filter(
    ({ side, object }) => object === key.object && (side === 'highlevel') === (key.side === PLATFORM_SIDE),
  )

/** The owner has looked at the flow: what is left is what it still cannot do. */
export async function clearSettledWarnings(
  db: TenantDb,
  flow: Pick<StartedFlow, 'id' | 'connectionId' | 'definition'>,
  because: Because,
): Promise<void> {
  const { partner } = await getConnection(db, flow.connectionId)
  const connector = getConnector(partner)
  const news: News[] = []
  for (const warning of await listWarnings(db, flow.id)) {
    const lasts = ['removed', 'read_only'].includes(warning.kind)
    const isUsed = usedAt(flow, connector, warning).some(({ field }) => field === warning.field)
    if (!lasts || !isUsed) news.push(await takeBack(db, warning))
  }
  await recordNews(db, news, because)
}

type WarningKey = Omit<StoredWarning, 'details' | 'since'>

/** What is to be recorded; null where nothing is new. */
export type News = { action: 'flow.warned' | 'flow.warning_cleared'; warning: WarningKey } | null

export const warn = async (db: TenantDb, warning: StoredWarning): Promise<News> =>
  (await replaceWarning(db, warning)) ? { action: 'flow.warned', warning } : null

export const takeBack = async (db: TenantDb, warning: WarningKey): Promise<News> =>
  (await deleteWarning(db, warning)) ? { action: 'flow.warning_cleared', warning } : null

/** At the end of a transaction, behind all that it changes: the log is locked until it is over. */
export async function recordNews(db: TenantDb, news: readonly News[], { actor, at }: Because): Promise<void> {
  for (const { action, warning } of news.filter((one) => one !== null)) {
    const { flowId, kind, object, field } = warning
    await recordAudit(db, {
      ...{ action, actor, target: `flow/${flowId}`, at },
      ...(field && { fields: [`${object}.${field}`] }),
      details: { kind },
    })
  }
}
