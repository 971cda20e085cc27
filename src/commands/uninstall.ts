import { leaveAccount } from '../leaving/leave-account.ts'
import { OperatorError } from '../lib/operator-error.ts'
import { aboutTenant, operator } from './about-tenant.ts'
import type { Command } from './command.ts'
import { parseOptions } from './parse-options.ts'

export const uninstall: Command = {
  parameters: 'TENANT --reason TEXT [--erase] [--yes]',
  summary: 'uninstall the app from a location, or from a company and all its locations; --erase deletes at once',
  run: async (args) => {
    const { positionals, values } = parseOptions(args, {
      reason: { type: 'string' },
      erase: { type: 'boolean' },
      yes: { type: 'boolean' },
    })
    const { reason = '', erase = false, yes = false } = values
    if (reason.trim() === '') throw new OperatorError('Say why, for the audit log: --reason TEXT')
    await aboutTenant(String(positionals[0]), async (deps, { tenantId, status, locationId }) => {
      if (status === 'uninstalled') throw new OperatorError('The app is uninstalled there already.')
      if (!locationId && !yes) throw new OperatorError(COMPANY)
      const { told } = await leaveAccount(deps, { tenantId, reason, erase, actor: operator() })
      process.stdout.write(`Uninstalled: tenant ${tenantId}.\n${told ? '' : NOT_TOLD}`)
    })
  },
}

const COMPANY = 'This is a company: the app would be uninstalled from all its locations as well. If so: --yes'
const NOT_TOLD =
  'HighLevel could not be told: the app is still listed there, and has to be uninstalled in the account’s app marketplace.\n'
