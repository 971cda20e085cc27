import type { Connection } from '../connections/connection-store.ts'
import type { Connector } from '../connectors/connector.ts'
import type { Flow } from '../flows/flow-store.ts'
import { warningSentence } from '../flows/warning-sentence.ts'
import type { StoredWarning } from '../flows/warning-store.ts'

export type FlowView = {
  id: string
  connectionId: string
  name: string
  description: string
  trigger: string
  enabled: boolean
  version: number
  /** What the owner should look at, one sentence each. */
  warnings: string[]
}

/** What an owner's own account is called beside a partner's name. */
const OWN_ACCOUNT = 'your account'

export function flowView(flow: Flow, { name, flows }: Connector, warnings: readonly StoredWarning[]): FlowView {
  return {
    id: flow.id,
    connectionId: flow.connectionId,
    name: flow.name,
    description: flows?.find(({ key }) => key === flow.template)?.description ?? '',
    trigger: flow.trigger,
    enabled: flow.enabled,
    version: flow.mappingVersion,
    warnings: warnings
      .filter(({ flowId }) => flowId === flow.id)
      .map((warning) => warningSentence(warning, warning.side === flow.connectionId ? name : OWN_ACCOUNT)),
  }
}

/** A flow that is ready to be made. */
export type ReadyFlowView = {
  connectionId: string
  key: string
  name: string
  description: string
  /** Flows that were made from it, and are there. */
  made: number
}

export const readyFlowViews = (
  { id }: Pick<Connection, 'id'>,
  { flows }: Connector,
  made: readonly Flow[],
): ReadyFlowView[] =>
  (flows ?? []).map(({ key, name, description }) => ({
    connectionId: id,
    key,
    name,
    description,
    made: made.filter(({ connectionId, template }) => connectionId === id && template === key).length,
  }))
