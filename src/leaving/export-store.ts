import type { TenantDb } from '../db/database.ts'

/** One kind of line in an export: where its rows lie, what identifies one, and what of it leaves the server. */
export type Source = {
  kind: string
  table: string
  /** The primary key after the tenant: rows come in its order. */
  key: readonly string[]
  columns: readonly string[]
  /** Rows of a page. */
  most: number
}

const MANY = 500
/** Bodies may have a quarter of a megabyte each. */
const FEW = 40

/** Columns by their names, with spaces between; the key's come first. */
type Written = { kind: string; table: string; key: string; rest: string; most?: number }

const source = ({ kind, table, key, rest, most = MANY }: Written): Source => ({
  kind,
  table,
  key: words(key),
  columns: [...words(key), ...words(rest)],
  most,
})

const words = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '')

/**
 * Everything of a tenant but tokens, credentials and keys. `base`, `known`, `changes`, `details` of conflicts and `body` are
 * sealed.
 */
const WRITTEN: readonly Written[] = [
  {
    kind: 'installation',
    table: 'installations',
    key: '',
    rest: `app_id company_id location_id user_type status scopes version_id plan_id company_name
           white_label_domain account_name installed_by future_locations installed_at uninstalled_at
           authorized_at claimed_at created_at updated_at`,
    most: 1,
  },
  {
    kind: 'connection',
    table: 'connections',
    key: 'id',
    rest: 'partner label account status trouble created_at updated_at',
  },
  {
    kind: 'hook',
    table: 'hook_secrets',
    key: 'connection_id generation',
    rest: 'registrations trouble created_at registered_at last_used_at expires_at',
  },
  {
    kind: 'flow',
    table: 'flows',
    key: 'id',
    rest: 'connection_id template name trigger enabled mapping_version created_at updated_at deleted_at',
  },
  { kind: 'mapping_version', table: 'mapping_versions', key: 'flow_id version', rest: 'definition author created_at' },
  { kind: 'flow_warning', table: 'flow_warnings', key: 'flow_id kind side object field', rest: 'details since' },
  {
    kind: 'drift_check',
    table: 'drift_checks',
    key: 'flow_id',
    rest: 'mapping_version checked_at compared different fields',
  },
  { kind: 'field_catalogue', table: 'field_catalogues', key: 'side object', rest: 'fields read_at', most: FEW },
  {
    kind: 'trigger_poll',
    table: 'trigger_polls',
    key: 'connection_id trigger options_hash',
    rest: 'options looked_at trouble restarted_at',
  },
  {
    kind: 'backfill',
    table: 'backfills',
    key: 'id',
    rest: `flow_id connection_id object source mapping_version status reason asked_by created_at started_at
           finished_at total done created updated unchanged skipped conflict failed`,
  },
  {
    kind: 'backfill_record',
    table: 'backfill_records',
    key: 'backfill_id phase record_id',
    rest: 'pending outcome reason highlevel_id partner_id wrote updated_at',
  },
  {
    kind: 'link',
    table: 'links',
    key: 'connection_id object highlevel_id',
    rest: 'partner_id base created_at updated_at',
  },
  { kind: 'contact_state', table: 'contact_states', key: 'contact_id', rest: 'known deleted_at updated_at' },
  {
    kind: 'run',
    table: 'runs',
    key: 'id',
    rest: `delivery_id flow_id connection_id mapping_version trigger highlevel_id partner_id outcome reason
           attempts started_at finished_at`,
  },
  {
    kind: 'run_step',
    table: 'run_steps',
    key: 'run_id ordinal',
    rest: 'action outcome reason sent partner_id started_at finished_at',
  },
  {
    kind: 'write',
    table: 'writes',
    key: 'id',
    rest: `run_id connection_id object highlevel_id partner_id side kind step state reason changes undone_by
           opened_at closed_at`,
  },
  {
    kind: 'conflict',
    table: 'conflicts',
    key: 'id',
    rest: `connection_id flow_id object kind highlevel_id partner_id field details state decision decided_by
           created_at updated_at settled_at`,
  },
  { kind: 'flow_member', table: 'flow_members', key: 'flow_id record_id', rest: 'is_in changed_at' },
  {
    kind: 'delivery',
    table: 'deliveries',
    key: 'id',
    rest: `source connection_id delivery_id event_type received_at sent_at late body state reason attempts
           finished_at`,
    most: FEW,
  },
  {
    kind: 'audit_entry',
    table: 'audit_entries',
    key: 'seq',
    rest: 'at actor_kind actor_id origin action target fields details canonical previous_hash hash',
  },
]

export const SOURCES: readonly Source[] = WRITTEN.map(source)

export type Row = Record<string, unknown>

/** The rows behind this one, the first ones without it. */
export function readPage(db: TenantDb, { table, key, columns, most }: Source, after: Row | undefined): Promise<Row[]> {
  const query = db
    .sql(table)
    .where({ tenant_id: db.tenantId })
    .orderBy(['tenant_id', ...key])
    .limit(most)
    .select([...columns])
  if (after === undefined) return query
  const places = key.map(() => '?').join(', ')
  const names = key.map(() => '??').join(', ')
  return query.whereRaw(`(${names}) > (${places})`, [...key, ...key.map((name) => String(after[name]))])
}
