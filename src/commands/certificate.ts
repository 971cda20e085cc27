import { listCertificates } from '../leaving/certificate-store.ts'
import { OperatorError } from '../lib/operator-error.ts'
import { aboutTenant } from './about-tenant.ts'
import type { Command } from './command.ts'

export const certificate: Command = {
  parameters: 'TENANT',
  summary: 'print the deletion certificate of a tenant, the latest of several',
  run: ([name = '']) =>
    aboutTenant(name, async ({ database }, { tenantId }) => {
      const latest = (await database.asTenant(tenantId, listCertificates)).at(-1)
      if (latest === undefined) throw new OperatorError('Nothing of this tenant was deleted.')
      process.stdout.write(`${latest}\n`)
    }),
}
