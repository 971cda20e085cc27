import { type Connection, listConnections } from '../connections/connection-store.ts'
import type { Connector } from '../connectors/connector.ts'
import { findConnector, listConnectors } from '../connectors/registry.ts'
import type { Database } from '../db/database.ts'
import { type Flow, listFlows } from '../flows/flow-store.ts'
import { listRuns, type RunView } from '../sync/run-store.ts'
import { getInstallation, type InstallationStatus } from '../tenants/installation-store.ts'
import type { Session } from './open-session.ts'

/** Everything the page shows, and nothing else. */
export type HomeView = {
  account: { name: string; status: InstallationStatus }
  canChange: boolean
  connections: ConnectionView[]
  /** Partners that are not connected yet. */
  available: PartnerView[]
  runs: RunRow[]
}

export type PartnerView = {
  key: string
  name: string
  summary: string
  fields: { key: string; label: string; help: string; secret: boolean; placeholder: string }[]
}

export type ConnectionView = {
  id: string
  partner: PartnerView
  label: string
  account: { name: string; value: string }[]
  status: Connection['status']
  trouble: string | null
  since: string
  flows: { id: string; name: string; description: string; enabled: boolean }[]
}

export type RunRow = {
  id: string
  flowName: string
  partnerName: string
  outcome: RunView['outcome']
  /** What happened, in the owner's words. */
  sentence: string
  /** ISO 8601, UTC. The page shows it in the reader's own time. */
  at: string
  milliseconds: number | null
  steps: { name: string; outcome: string; reason: string | null; sent: { name: string; value: string }[] }[]
}

const RUNS_SHOWN = 20

export async function homeView(deps: { database: Database }, session: Session, accountName: string): Promise<HomeView> {
  const found = await deps.database.asTenant(session.tenantId, async (db) => ({
    installation: await getInstallation(db),
    connections: await listConnections(db),
    flows: await listFlows(db),
    runs: await listRuns(db, RUNS_SHOWN),
  }))
  const connected = new Set(found.connections.map(({ partner }) => partner))
  return {
    account: { name: accountName, status: found.installation.status },
    canChange: session.canChange,
    connections: found.connections.flatMap((connection) => connectionView(connection, found.flows)),
    available: listConnectors()
      .filter(({ key }) => !connected.has(key))
      .map(partnerView),
    runs: found.runs.map(runRow),
  }
}

const partnerView = ({ key, name, summary, credentialFields }: Connector): PartnerView => ({
  key,
  name,
  summary,
  fields: credentialFields.map((field) => ({ ...field, placeholder: field.placeholder ?? '' })),
})

function connectionView(connection: Connection, flows: Flow[]): ConnectionView[] {
  const connector = findConnector(connection.partner)
  if (!connector) return []
  const { id, label, account, status, trouble, createdAt } = connection
  const own = flows.filter(({ connectionId }) => connectionId === id)
  return [
    {
      id,
      partner: partnerView(connector),
      label,
      account,
      status,
      trouble,
      since: createdAt.toISOString(),
      flows: own.map((flow) => ({
        id: flow.id,
        name: flow.name,
        description: connector.templates.find(({ key }) => key === flow.template)?.description ?? '',
        enabled: flow.enabled,
      })),
    },
  ]
}

const SENTENCES: Record<RunView['outcome'], string> = {
  running: 'Under way.',
  retrying: 'Waiting to be tried again.',
  succeeded: 'Done.',
  unchanged: 'Nothing to do: both sides agree already.',
  skipped: 'Left alone.',
  failed: 'Did not work.',
}

function runRow(run: RunView): RunRow {
  const connector = findConnector(run.partner)
  return {
    id: run.id,
    flowName: run.flowName,
    partnerName: connector?.name ?? run.partner,
    outcome: run.outcome,
    sentence: run.reason ?? SENTENCES[run.outcome],
    at: run.startedAt.toISOString(),
    milliseconds: run.finishedAt && run.finishedAt.getTime() - run.startedAt.getTime(),
    steps: run.steps.map((step) => ({
      name: connector?.actions.find(({ key }) => key === step.action)?.name ?? step.action,
      outcome: step.outcome,
      reason: step.reason,
      sent: Object.entries(step.sent).map(([name, value]) => ({ name, value: String(value) })),
    })),
  }
}
