import { purgeNow } from '../leaving/purge-now.ts'
import { OperatorError } from '../lib/operator-error.ts'
import { aboutTenant, operator } from './about-tenant.ts'
import type { Command } from './command.ts'
import { parseOptions } from './parse-options.ts'

export const purge: Command = {
  parameters: 'TENANT --reason TEXT',
  summary: 'delete everything of an uninstalled tenant now, and print the certificate of it',
  run: async (args) => {
    const { positionals, values } = parseOptions(args, { reason: { type: 'string' } })
    const { reason = '' } = values
    if (reason.trim() === '') throw new OperatorError('Say why, for the audit log: --reason TEXT')
    await aboutTenant(String(positionals[0]), async (deps, { tenantId, status }) => {
      if (status !== 'uninstalled') throw new OperatorError('The app is installed there. Uninstall it first.')
      const certificate = await purgeNow(deps, { tenantId, reason, actor: operator() })
      if (certificate === undefined) throw new OperatorError('It was installed again at this moment.')
      process.stdout.write(`${certificate}\n`)
    })
  },
}
