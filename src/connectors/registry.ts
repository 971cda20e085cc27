import { AppError } from '../lib/errors.ts'
import { activeTrail } from './activetrail/index.ts'
import type { Connector } from './connector.ts'

const connectors: readonly Connector[] = [activeTrail]

export const listConnectors = (): readonly Connector[] => connectors

export const findConnector = (key: string): Connector | undefined =>
  connectors.find((connector) => connector.key === key)

export function getConnector(key: string): Connector {
  const connector = findConnector(key)
  if (!connector) throw new AppError('not_found')
  return connector
}
