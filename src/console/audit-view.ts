import type { AuditEntry } from '../audit/audit-entry.ts'
import { type AuditCursor, type AuditFilter, listAuditActions, listAuditEntries } from '../audit/audit-store.ts'
import type { AuditVerdict } from '../audit/verify-audit.ts'
import type { SystemDb } from '../db/database.ts'
import { listTenantNames } from '../tenants/installation-store.ts'
import { NOBODY } from '../tenants/tenant-id.ts'

export type AuditView = {
  operator: string
  filter: { tenant: string; actor: string; action: string }
  tenants: { id: string; name: string }[]
  actions: string[]
  entries: EntryRow[]
  /** The filter and the place as a query, empty or beginning with "?". */
  query: string
  /** Whether newer entries than these match. */
  isOlder: boolean
  newestUrl: string
  /** Empty on the last page. */
  olderUrl: string
  verdict: { ok: boolean; sentence: string; faults: string[] } | null
}

export type EntryRow = {
  seq: number
  at: string
  /** In UTC, for people. */
  time: string
  tenant: string
  actor: { kind: string; id: string; origin: string }
  action: string
  target: string
  fields: string
  details: string
}

const PAGE = 50
const PATH = '/admin/audit'

export async function auditView(
  system: SystemDb,
  operator: string,
  filter: AuditFilter,
  verdict: AuditVerdict | null,
): Promise<AuditView> {
  const [tenants, actions, entries] = await Promise.all([
    listTenantNames(system),
    listAuditActions(system),
    listAuditEntries(system, filter, PAGE + 1),
  ])
  const names = new Map([[NOBODY, 'This server'], ...tenants.map(({ id, name }) => [id, name] as const)])
  const shown = entries.slice(0, PAGE)
  return {
    operator,
    filter: { tenant: filter.tenantId ?? '', actor: filter.actor ?? '', action: filter.action ?? '' },
    tenants: [...names].map(([id, name]) => ({ id, name })),
    actions,
    entries: shown.map((entry) => entryRow(entry, names)),
    query: queryOf(filter, filter.before),
    isOlder: filter.before !== undefined,
    newestUrl: `${PATH}${queryOf(filter)}`,
    olderUrl: entries.length > PAGE ? `${PATH}${queryOf(filter, shown.at(-1))}` : '',
    verdict: verdict && verdictView(verdict, names),
  }
}

const entryRow = (entry: AuditEntry, names: Map<string, string>): EntryRow => ({
  seq: entry.seq,
  at: entry.at.toISOString(),
  time: entry.at.toISOString().slice(0, 19).replace('T', ' '),
  tenant: names.get(entry.tenantId) ?? entry.tenantId,
  actor: { kind: entry.actor.kind, id: entry.actor.id, origin: entry.actor.origin ?? '' },
  action: entry.action,
  target: entry.target,
  fields: entry.fields.join(', '),
  details: Object.entries(entry.details)
    .map(([name, value]) => `${name}: ${value}`)
    .join(', '),
})

const FAULTS = {
  entry_missing: 'an entry is missing',
  entry_changed: 'an entry was changed',
  chain_broken: 'the chain is broken',
  tail_missing: 'the newest entries are missing',
} as const

const verdictView = (verdict: AuditVerdict, names: Map<string, string>): AuditView['verdict'] => ({
  ok: verdict.faults.length === 0,
  sentence: `${verdict.entries} entries in ${verdict.chains} chains were checked.`,
  faults: verdict.faults.map(
    ({ tenantId, seq, fault }) => `${names.get(tenantId) ?? tenantId}: ${FAULTS[fault]} at number ${seq}.`,
  ),
})

function queryOf(filter: AuditFilter, before?: AuditCursor): string {
  const { tenantId = '', actor = '', action = '' } = filter
  const pairs = Object.entries({ tenant: tenantId, actor, action, before: before ? cursorOf(before) : '' })
  const given = pairs.filter(([, value]) => value !== '')
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`
}

/** `time~tenant~number` of the last entry shown. */
const cursorOf = ({ at, tenantId, seq }: AuditCursor): string => [at.toISOString(), tenantId, seq].join('~')

export function readCursor(text: string | undefined): AuditCursor | undefined {
  const match = /^(\d{4}-\d\d-\d\dT[\d:.]+Z)~([0-9a-f-]{36})~(\d{1,15})$/.exec(text ?? '')
  if (!match) return undefined
  const at = new Date(String(match[1]))
  return Number.isNaN(at.getTime()) ? undefined : { at, tenantId: String(match[2]), seq: Number(match[3]) }
}
