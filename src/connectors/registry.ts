import { activeTrail } from './activetrail/index.ts'
import type { Connector } from './connector.ts'

const connectors: readonly Connector[] = [activeTrail]

export const listConnectors = (): readonly Connector[] => connectors

export const findConnector = (key: string): Connector | undefined =>
  connectors.find((connector) => connector.key === key)
