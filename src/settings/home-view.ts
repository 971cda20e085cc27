import { listConnections } from '../connections/connection-store.ts'
import { listNewestHooks } from '../connections/hook-store.ts'
import { findConnector, listConnectors } from '../connectors/registry.ts'
import type { Database } from '../db/database.ts'
import { listWaiting } from '../deliveries/waiting-store.ts'
import { listFlows } from '../flows/flow-store.ts'
import { listWarnings } from '../flows/warning-store.ts'
import type { Clock } from '../lib/clock.ts'
import { listRuns } from '../sync/run-store.ts'
import { getInstallation, type InstallationStatus } from '../tenants/installation-store.ts'
import { type ConnectionView, connectionView } from './connection-view.ts'
import { days } from './farewell.ts'
import type { Session } from './open-session.ts'
import { type PartnerView, partnerView } from './partner-view.ts'
import { type PermissionRow, permissionRows } from './permission-row.ts'
import { type RunRow, runRow } from './run-row.ts'
import { type WaitingRow, waitingRow } from './waiting-row.ts'

/** Everything the page shows, and nothing else. */
export type HomeView = {
  account: { name: string; notice: string | null }
  canChange: boolean
  connections: ConnectionView[]
  /** Partners that are not connected yet. */
  available: PartnerView[]
  runs: RunRow[]
  /** Changes that are not done yet although their time has come, and why. */
  waiting: WaitingRow[]
  permissions: PermissionRow[]
  /** What the account does not allow, in the owner's words. */
  switchedOff: string[]
  /** What to do so that something appears where nothing is yet. */
  nextStep: string
  /** How long the set-up is kept for whoever leaves: '30 days'. Null where nothing is kept. */
  keptFor: string | null
}

const RUNS_SHOWN = 20
const MOST_COUNTED = 1000
/** What came later than that may well be under way. */
const USUAL_MS = 60_000

export async function homeView(
  deps: { database: Database; graceMs: number; now: Clock },
  session: Session,
  accountName: string,
): Promise<HomeView> {
  const found = await deps.database.asTenant(session.tenantId, async (db) => ({
    installation: await getInstallation(db),
    connections: await listConnections(db),
    flows: await listFlows(db),
    warnings: await listWarnings(db),
    hooks: await listNewestHooks(db),
    runs: await listRuns(db, RUNS_SHOWN),
    waiting: await listWaiting(db, { before: new Date(deps.now() - USUAL_MS), most: MOST_COUNTED }),
  }))
  const connected = new Set(found.connections.map(({ partner }) => partner))
  const connections = found.connections.flatMap((connection) => {
    const connector = findConnector(connection.partner)
    const hook = found.hooks.get(connection.id)
    return connector ? [connectionView(connector, connection, { ...found, hook })] : []
  })
  const permissions = permissionRows(found.installation)
  return {
    account: { name: accountName, notice: NOTICES[found.installation.status] ?? null },
    canChange: session.canChange,
    connections,
    available: listConnectors()
      .filter(({ key }) => !connected.has(key))
      .map(partnerView),
    runs: found.runs.map(runRow),
    waiting: found.waiting.map(waitingRow),
    permissions,
    switchedOff: permissions.filter(({ state }) => state.label === 'Off').map(({ name }) => name),
    nextStep: nextStep(connections),
    keptFor: deps.graceMs > 0 ? days(deps.graceMs) : null,
  }
}

const NOTICES: Partial<Record<InstallationStatus, string>> = {
  unclaimed: 'An administrator of the account has to open this page once before anything can be changed.',
  needs_reconnect:
    'The link to your account was lost, so nothing is sent at the moment. Install the app again from the app marketplace: your connections and flows stay as they are, and what waited is then done by itself.',
  suspended:
    'Your account is not active at the moment, so nothing is sent. Once it is active again, what waited is done by itself.',
}

function nextStep(connections: ConnectionView[]): string {
  if (connections.length === 0) return 'Connect a system first. What is done for you is then listed here.'
  const isOn = connections.some(({ flows }) => flows.some(({ enabled }) => enabled))
  return isOn
    ? 'Change a contact in your account and it appears here.'
    : 'Switch a flow on, then change a contact in your account and it appears here.'
}
