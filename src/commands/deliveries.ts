import { readFilter } from '../deliveries/read-filter.ts'
import { isAppError } from '../lib/errors.ts'
import { OperatorError } from '../lib/operator-error.ts'
import { type ChangeRequest, changeDeliveries } from './change-deliveries.ts'
import type { Command } from './command.ts'
import { listDeliveries } from './list-deliveries.ts'
import { parseOptions } from './parse-options.ts'
import { placeOf } from './place-of.ts'
import { showDelivery } from './show-delivery.ts'
import { type TenantWork, withTenantWork } from './with-tenant-work.ts'

/** The filters of the console; `--reason` is the operator's own, so that a delivery's is `--because`. */
const OPTIONS = {
  state: { type: 'string' },
  tenant: { type: 'string' },
  source: { type: 'string' },
  event: { type: 'string' },
  because: { type: 'string' },
  from: { type: 'string' },
  to: { type: 'string' },
  delivery: { type: 'string' },
  limit: { type: 'string' },
  reason: { type: 'string' },
  'dry-run': { type: 'boolean' },
} as const

export const deliveries: Command = {
  parameters: 'list|show|replay|discard [ID|OPTIONS...]',
  summary:
    'look at deliveries, put those back that were given up or wait, or discard them: one, or all that match a filter',
  run: async ([verb = '', ...args]) => {
    const { positionals, values } = parseOptions(args, OPTIONS)
    const [id] = positionals
    if (positionals.length > 1) throw new OperatorError('One id at a time; for more of them use the filters.')
    const { because: reason, limit, reason: why = '', 'dry-run': isDryRun = false, ...same } = values
    const written = { ...same, ...(reason !== undefined && { reason }) }
    const request = { id, isFiltered: Object.keys(written).length > 0, why, isDryRun }
    await withTenantWork(async (deps) => {
      try {
        const filter = await readFilter(
          deps.system,
          id === undefined ? written : { state: 'any', ...written, delivery: id },
        )
        await carryOut(deps, verb, { ...request, filter, limit })
      } catch (error) {
        throw isAppError(error) ? new OperatorError(error.message) : error
      }
    })
  },
}

type Request = Omit<ChangeRequest, 'action'> & { limit: string | undefined }

function carryOut(deps: TenantWork, verb: string, request: Request): Promise<void> {
  if (verb === 'list') return listDeliveries(deps, request.filter, readLimit(request.limit))
  if (verb === 'show' && request.id !== undefined) return showDelivery(deps, placeOf(request.filter))
  if (verb === 'replay' || verb === 'discard') return changeDeliveries(deps, { ...request, action: verb })
  throw new OperatorError('Say what: deliveries list, show ID, replay, or discard.')
}

function readLimit(text = '50'): number {
  if (!/^[1-9]\d{0,2}$|^1000$/.test(text)) throw new OperatorError('--limit is a number from 1 to 1000.')
  return Number(text)
}
