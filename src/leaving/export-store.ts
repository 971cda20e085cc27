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

/** Everything of a tenant but tokens, credentials and keys. `base`, `known`, `changes`, `details` of
 * conflicts and `body` are sealed. */
export const SOURCES: readonly Source[] = [
  {
    kind: 'installation',
    table: 'installations',
    key: [],
    columns: [
      'app_id',
      'company_id',
      'location_id',
      'user_type',
      'status',
      'scopes',
      'version_id',
      'plan_id',
      'company_name',
      'white_label_domain',
      'account_name',
      'installed_by',
      'future_locations',
      'installed_at',
      'uninstalled_at',
      'authorized_at',
      'claimed_at',
      'created_at',
      'updated_at',
    ],
    most: 1,
  },
  {
    kind: 'connection',
    table: 'connections',
    key: ['id'],
    columns: ['id', 'partner', 'label', 'account', 'status', 'trouble', 'created_at', 'updated_at'],
    most: MANY,
  },
  {
    kind: 'hook',
    table: 'hook_secrets',
    key: ['connection_id', 'generation'],
    columns: [
      'connection_id',
      'generation',
      'registrations',
      'trouble',
      'created_at',
      'registered_at',
      'last_used_at',
      'expires_at',
    ],
    most: MANY,
  },
  {
    kind: 'flow',
    table: 'flows',
    key: ['id'],
    columns: [
      'id',
      'connection_id',
      'template',
      'name',
      'trigger',
      'enabled',
      'mapping_version',
      'created_at',
      'updated_at',
      'deleted_at',
    ],
    most: MANY,
  },
  {
    kind: 'mapping_version',
    table: 'mapping_versions',
    key: ['flow_id', 'version'],
    columns: ['flow_id', 'version', 'definition', 'author', 'created_at'],
    most: MANY,
  },
  {
    kind: 'flow_warning',
    table: 'flow_warnings',
    key: ['flow_id', 'kind', 'side', 'object', 'field'],
    columns: ['flow_id', 'kind', 'side', 'object', 'field', 'details', 'since'],
    most: MANY,
  },
  {
    kind: 'drift_check',
    table: 'drift_checks',
    key: ['flow_id'],
    columns: ['flow_id', 'mapping_version', 'checked_at', 'compared', 'different', 'fields'],
    most: MANY,
  },
  {
    kind: 'field_catalogue',
    table: 'field_catalogues',
    key: ['side', 'object'],
    columns: ['side', 'object', 'fields', 'read_at'],
    most: FEW,
  },
  {
    kind: 'trigger_poll',
    table: 'trigger_polls',
    key: ['connection_id', 'trigger', 'options_hash'],
    columns: ['connection_id', 'trigger', 'options_hash', 'options', 'looked_at', 'trouble', 'restarted_at'],
    most: MANY,
  },
  {
    kind: 'backfill',
    table: 'backfills',
    key: ['id'],
    columns: [
      'id',
      'flow_id',
      'connection_id',
      'object',
      'source',
      'mapping_version',
      'status',
      'reason',
      'asked_by',
      'created_at',
      'started_at',
      'finished_at',
      'total',
      'done',
      'created',
      'updated',
      'unchanged',
      'skipped',
      'conflict',
      'failed',
    ],
    most: MANY,
  },
  {
    kind: 'backfill_record',
    table: 'backfill_records',
    key: ['backfill_id', 'phase', 'record_id'],
    columns: [
      'backfill_id',
      'phase',
      'record_id',
      'pending',
      'outcome',
      'reason',
      'highlevel_id',
      'partner_id',
      'wrote',
      'updated_at',
    ],
    most: MANY,
  },
  {
    kind: 'link',
    table: 'links',
    key: ['connection_id', 'object', 'highlevel_id'],
    columns: ['connection_id', 'object', 'highlevel_id', 'partner_id', 'base', 'created_at', 'updated_at'],
    most: MANY,
  },
  {
    kind: 'contact_state',
    table: 'contact_states',
    key: ['contact_id'],
    columns: ['contact_id', 'known', 'deleted_at', 'updated_at'],
    most: MANY,
  },
  {
    kind: 'run',
    table: 'runs',
    key: ['id'],
    columns: [
      'id',
      'delivery_id',
      'flow_id',
      'connection_id',
      'mapping_version',
      'trigger',
      'highlevel_id',
      'partner_id',
      'outcome',
      'reason',
      'attempts',
      'started_at',
      'finished_at',
    ],
    most: MANY,
  },
  {
    kind: 'run_step',
    table: 'run_steps',
    key: ['run_id', 'ordinal'],
    columns: ['run_id', 'ordinal', 'action', 'outcome', 'reason', 'sent', 'partner_id', 'started_at', 'finished_at'],
    most: MANY,
  },
  {
    kind: 'write',
    table: 'writes',
    key: ['id'],
    columns: [
      ...['id', 'run_id', 'connection_id', 'object', 'highlevel_id', 'partner_id', 'side', 'kind', 'step', 'state'],
      ...['reason', 'changes', 'undone_by', 'opened_at', 'closed_at'],
    ],
    most: MANY,
  },
  {
    kind: 'conflict',
    table: 'conflicts',
    key: ['id'],
    columns: [
      ...[
        'id',
        'connection_id',
        'flow_id',
        'object',
        'kind',
        'highlevel_id',
        'partner_id',
        'field',
        'details',
        'state',
      ],
      ...['decision', 'decided_by', 'created_at', 'updated_at', 'settled_at'],
    ],
    most: MANY,
  },
  {
    kind: 'flow_member',
    table: 'flow_members',
    key: ['flow_id', 'record_id'],
    columns: ['flow_id', 'record_id', 'is_in', 'changed_at'],
    most: MANY,
  },
  {
    kind: 'delivery',
    table: 'deliveries',
    key: ['id'],
    columns: [
      'id',
      'source',
      'connection_id',
      'delivery_id',
      'event_type',
      'received_at',
      'sent_at',
      'late',
      'body',
      'state',
      'reason',
      'attempts',
      'finished_at',
    ],
    most: FEW,
  },
  {
    kind: 'audit_entry',
    table: 'audit_entries',
    key: ['seq'],
    columns: [
      'seq',
      'at',
      'actor_kind',
      'actor_id',
      'origin',
      'action',
      'target',
      'fields',
      'details',
      'canonical',
      'previous_hash',
      'hash',
    ],
    most: MANY,
  },
]

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
