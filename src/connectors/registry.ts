import type { Connector } from './connector.ts'

const connectors: readonly Connector[] = []

export const listConnectors = (): readonly Connector[] => connectors

export const findConnector = (key: string): Connector | undefined =>
  connectors.find((connector) => connector.key === key)
