import { AppError } from '../lib/errors.ts'
import type { Action, Connector } from './connector.ts'

export function getAction(connector: Connector, key: string): Action<object, object> {
  const action = connector.actions.find((candidate) => candidate.key === key)
  if (!action) throw new AppError('not_found', { detail: `${connector.name} has no action "${key}".` })
  return action
}
