import type { Connection } from '../connections/connection-store.ts'
import type { Hook } from '../connections/hook-store.ts'
import type { Connector } from '../connectors/connector.ts'
import type { Flow } from '../flows/flow-store.ts'
import type { StoredWarning } from '../flows/warning-store.ts'
import { type FlowView, flowView } from './flow-view.ts'
import { type HookView, hookView } from './hook-view.ts'
import { type PartnerView, partnerView } from './partner-view.ts'

export type ConnectionView = {
  id: string
  partner: PartnerView
  label: string
  /** What the partner told of the account. */
  account: { name: string; value: string }[]
  state: StateView
  /** ISO 8601, UTC. The page shows it in the reader's own time. */
  since: string
  hook: HookView | null
  flows: FlowView[]
}

/** A state in one or two words, how to look at it, what is wrong, and what to do about it. */
export type StateView = {
  label: string
  tone: 'good' | 'bad' | 'quiet'
  trouble: string | null
  advice: string | null
  needsCredentials: boolean
}

export function connectionView(
  connector: Connector,
  connection: Connection,
  { flows, warnings, hook }: { flows: Flow[]; warnings: StoredWarning[]; hook: Hook | undefined },
): ConnectionView {
  const { id, label, account, createdAt } = connection
  const state = stateView(connection)
  return {
    id,
    partner: partnerView(connector),
    label,
    account: account.map(({ name, value }) => ({ name, value })),
    state,
    since: createdAt.toISOString(),
    hook: hookView(connector, hook, state.needsCredentials),
    flows: flows.filter(({ connectionId }) => connectionId === id).map((flow) => flowView(flow, connector, warnings)),
  }
}

const STATES: Record<Connection['status'], Omit<StateView, 'trouble'>> = {
  active: { label: 'Connected', tone: 'good', advice: null, needsCredentials: false },
  paused: {
    label: 'Paused',
    tone: 'quiet',
    advice: 'Nothing is sent until it goes on. What happens meanwhile waits and is done then.',
    needsCredentials: false,
  },
  credentials_refused: {
    label: 'Needs a new key',
    tone: 'bad',
    advice: 'Enter a key that works. What happened meanwhile has waited and is then done by itself.',
    needsCredentials: true,
  },
  credentials_needed: {
    label: 'Needs its key again',
    tone: 'bad',
    advice:
      'Enter it once more. Everything else is as you left it, and what happened since you came back has waited and is then done by itself.',
    needsCredentials: true,
  },
  disconnected: { label: 'Disconnected', tone: 'quiet', advice: null, needsCredentials: false },
}

const stateView = ({ status, trouble }: Connection): StateView => ({ ...STATES[status], trouble })
