import type { Backfill } from '../backfills/backfill.ts'
import { findBackfillAnywhere, listAllBackfills } from '../backfills/backfill-store.ts'
import { changeBackfill } from '../backfills/change-backfill.ts'
import { readReason } from '../deliveries/read-reason.ts'
import { isAppError } from '../lib/errors.ts'
import { isUuid } from '../lib/ids.ts'
import { OperatorError } from '../lib/operator-error.ts'
import { operator } from './about-tenant.ts'
import type { Command } from './command.ts'
import { parseOptions } from './parse-options.ts'
import { printable } from './printable.ts'
import { type TenantWork, withTenantWork } from './with-tenant-work.ts'

const MOST = 50

export const backfills: Command = {
  parameters: 'list|show|pause|cancel [ID|OPTIONS...]',
  summary: 'look at imports of what is there already, or pause or cancel one (--reason TEXT)',
  run: async ([verb = '', ...args]) => {
    const { positionals, values } = parseOptions(args, { reason: { type: 'string' } })
    const [id] = positionals
    await withTenantWork(async (deps) => {
      if (verb === 'list' && id === undefined) return list(deps)
      if (!['show', 'pause', 'cancel'].includes(verb) || id === undefined) throw new OperatorError(USAGE)
      const found = isUuid(id) ? await findBackfillAnywhere(deps.system, id) : undefined
      if (!found) throw new OperatorError(`No import has the id "${id}".`)
      if (verb === 'pause' || verb === 'cancel') await change(deps, { ...found, step: verb, why: values.reason ?? '' })
      print(await findBackfillAnywhere(deps.system, id))
    })
  },
}

const USAGE = 'Say what: backfills list, show ID, pause ID --reason TEXT, or cancel ID --reason TEXT.'

async function list({ system }: TenantWork): Promise<void> {
  const found = await listAllBackfills(system, MOST)
  for (const one of found) print(one)
  if (found.length === 0) process.stdout.write('There is none.\n')
}

async function change(
  deps: TenantWork,
  { tenantId, id, step, why }: { tenantId: string; id: string; step: 'pause' | 'cancel'; why: string },
): Promise<void> {
  try {
    await changeBackfill(deps, { tenantId, backfillId: id, step, actor: operator(), why: readReason(why) })
  } catch (error) {
    throw isAppError(error) ? new OperatorError(error.message) : error
  }
}

function print(backfill: (Backfill & { tenantId: string }) | undefined): void {
  if (!backfill) return
  const { id, tenantId, status, source, done, total, counts, reason } = backfill
  const parts = [
    ...[id, `tenant ${tenantId}`, status, `from ${source}`, `${done} of ${total ?? 'unknown'}`],
    ...Object.entries(counts).map(([name, count]) => `${name} ${count}`),
    ...(reason ? [reason] : []),
  ]
  process.stdout.write(`${parts.map(printable).join('  ')}\n`)
}
