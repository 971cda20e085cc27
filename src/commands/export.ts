import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { exportTenant } from '../leaving/export-tenant.ts'
import { OperatorError } from '../lib/operator-error.ts'
import { findPurgeTimes } from '../tenants/purge-time-store.ts'
import { aboutTenant, operator } from './about-tenant.ts'
import type { Command } from './command.ts'

export const exportAll: Command = {
  parameters: 'TENANT FILE',
  summary: 'write everything of a tenant but its keys into a new file, one line of JSON for each record',
  run: ([name = '', file = '']) =>
    aboutTenant(name, async (deps, { tenantId, status }) => {
      const times = await deps.database.asTenant(tenantId, findPurgeTimes)
      if (times?.begunAt) throw new OperatorError('Everything of this tenant has been deleted.')
      const lines = Readable.from(exportTenant(deps, { tenantId, actor: operator() }))
      await pipeline(lines, createWriteStream(file, { flags: 'wx', mode: 0o600 }))
      process.stdout.write(`Written: ${file} (the installation is ${status}).\n`)
    }),
}
