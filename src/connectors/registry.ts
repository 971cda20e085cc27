import { AppError } from '../lib/errors.ts'
import { activeTrail } from './activetrail/index.ts'
import type { Connector } from './connector.ts'

const connectors: readonly Connector[] = [activeTrail]

export const listConnectors = (): readonly Connector[] => connectors

/** `among`: others than ours, in tests. */
export const findConnector = (key: string, among: readonly Connector[] = connectors): Connector | undefined =>
  among.find((connector) => connector.key === key)

export function getConnector(key: string, among: readonly Connector[] = connectors): Connector {
  const connector = findConnector(key, among)
  if (!connector) throw new AppError('not_found')
  return connector
}
