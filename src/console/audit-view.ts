import type { AuditEntry } from '../audit/audit-entry.ts'
import { type AuditCursor, type AuditFilter, listAuditActions, listAuditEntries } from '../audit/audit-store.ts'
import type { AuditVerdict } from '../audit/verify-audit.ts'
import type { SystemDb } from '../db/database.ts'
import { isUuid } from '../lib/ids.ts'
import { listTenantNames } from '../tenants/installation-store.ts'
import { NOBODY } from '../tenants/tenant-id.ts'

export type AuditView = {
  operator: string
  filter: { tenant: string; actor: string; action: string }
  tenants: { id: string; name: string }[]
  actions: string[]
  entries: {
    seq: number
    at: string
    tenant: string
    actor: string
    action: string
    target: string
    fields: string
    details: string
  }[]
  /** Where the next, older page begins; empty on the last one. */
  older: string
  verdict: { ok: boolean; sentence: string; faults: string[] } | null
}

const PAGE = 50

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
    older: entries.length > PAGE ? cursorOf(shown.at(-1)) : '',
    verdict: verdict && verdictView(verdict, names),
  }
}

const entryRow = (entry: AuditEntry, names: Map<string, string>): AuditView['entries'][number] => ({
  seq: entry.seq,
  at: entry.at.toISOString(),
  tenant: names.get(entry.tenantId) ?? entry.tenantId,
  actor: `${entry.actor.kind} ${entry.actor.id}`,
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

/** `time~tenant~number` of the last entry shown. */
const cursorOf = (entry: AuditEntry | undefined): string =>
  entry ? [entry.at.toISOString(), entry.tenantId, entry.seq].join('~') : ''

export function readCursor(text: string | undefined): AuditCursor | undefined {
  const match = /^(\d{4}-\d\d-\d\dT[\d:.]+Z)~([0-9a-f-]{36})~(\d{1,15})$/.exec(text ?? '')
  if (!match) return undefined
  const [at, tenantId] = [new Date(String(match[1])), String(match[2])]
  return Number.isNaN(at.getTime()) || !isUuid(tenantId) ? undefined : { at, tenantId, seq: Number(match[3]) }
}
