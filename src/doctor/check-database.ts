import type { DatabaseState } from '../db/inspect-database.ts'
import { partitionsOf } from '../db/partitions.ts'
import type { Check } from './check.ts'
import { codeOf } from './code-of.ts'
import { type Finding, fail, ok, warn } from './finding.ts'
import type { Patient } from './patient.ts'

const ROLES = ['causeway_system', 'causeway_tenant']
const OLDEST_VERSION = 150_000
const DAY_MS = 86_400_000
/** One web and one worker process need most of this; another pair must be able to start beside them. */
const SPARE_CONNECTIONS = 20
const DAYS_NEEDED = 2

export const checkDatabase: Check = {
  name: 'database',
  readsTables: false,
  run: async (patient) => {
    const state = await patient.inspectDatabase().catch(unreachable)
    if ('level' in state) return [state]
    const trouble = [...troubleWithServer(patient, state), ...troubleWithSchema(patient, state)]
    return [ok(summary(state)), ...trouble]
  },
}

const unreachable = (error: unknown): Finding =>
  fail(
    `It cannot be asked (${error instanceof Error ? error.name : typeof error}${codeOf(error)}); what is kept in it was not looked at.`,
    'Compare DATABASE_URL with the server, and see that it runs and lets this machine in.',
  )

/** Whether our tables can be read at all. */
export async function isUsable(patient: Patient): Promise<boolean> {
  const state = await patient.inspectDatabase()
  return missingMigrations(patient, state).length === 0 && ROLES.every((role) => state.roles.includes(role))
}

function summary({ version, connections, migrations }: DatabaseState): string {
  const applied = migrations?.length ?? 0
  const { used, most } = connections
  return `PostgreSQL ${Math.floor(version / 10_000)}.${version % 10_000}; ${applied} migrations; ${used} of ${most} connections in use.`
}

function troubleWithServer({ settings }: Patient, state: DatabaseState): Finding[] {
  const { version, connections } = state
  const isLosing = Object.entries(state.settings).filter(([, value]) => value === 'off')
  const spare = connections.most - connections.used
  return [
    ...(version < OLDEST_VERSION
      ? [fail('The server is older than PostgreSQL 15.', 'Move the database to a server of version 15 or newer.')]
      : []),
    ...isLosing.map(([name]) =>
      (settings.production ? fail : warn)(
        `The server runs with ${name} off: what was acknowledged can be lost.`,
        `Set ${name} to on in the configuration of the server.`,
      ),
    ),
    ...(spare < SPARE_CONNECTIONS
      ? [
          warn(
            `Only ${spare} connections are left.`,
            'Raise max_connections of the server, or put a pool in session mode in front of it.',
          ),
        ]
      : []),
  ]
}

function troubleWithSchema(patient: Patient, state: DatabaseState): Finding[] {
  const missing = missingMigrations(patient, state)
  const unknown = (state.migrations ?? []).filter((name) => !patient.migrations.includes(name))
  const roles = ROLES.filter((role) => !state.roles.includes(role))
  const partitions = neededPartitions(patient.now()).filter((name) => !state.partitions.includes(name))
  return [
    ...(missing.length > 0
      ? [fail(`Migrations are missing: ${missing.join(', ')}.`, 'Run `node src/cli.ts migrate` with this version.')]
      : []),
    ...(unknown.length > 0
      ? [
          fail(
            `Migrations of another version were applied: ${unknown.join(', ')}.`,
            'Run the newest version that was ever started on this database: migrations only go forward.',
          ),
        ]
      : []),
    ...(missing.length === 0 && roles.length > 0
      ? [
          fail(
            `The login role may not act as ${roles.join(' and ')}.`,
            `Let a superuser run: ${roles.map((role) => `grant ${role} to <login role>`).join('; ')}.`,
          ),
        ]
      : []),
    ...(state.unguarded.length > 0
      ? [
          fail(
            `Row-level security is not forced on ${state.unguarded.join(', ')}.`,
            `Let the owner run: ${state.unguarded.map((table) => `alter table ${table} enable row level security, force row level security`).join('; ')}.`,
          ),
        ]
      : []),
    ...(missing.length === 0 && partitions.length > 0
      ? [
          warn(
            `Partitions of the coming days are missing: ${partitions.join(', ')}.`,
            'See that a worker runs, which makes them each hour, or run `node src/cli.ts migrate`.',
          ),
        ]
      : []),
  ]
}

const missingMigrations = (patient: Patient, { migrations }: DatabaseState): string[] =>
  patient.migrations.filter((name) => !migrations?.includes(name))

const neededPartitions = (now: number): string[] =>
  Array.from({ length: DAYS_NEEDED }, (_, day) => partitionsOf(now + day * DAY_MS)).flat()
