import { backupKeys as backup } from '../tenants/backup-keys.ts'
import { asOperator, operatorName } from './as-operator.ts'
import type { Command } from './command.ts'

export const backupKeys: Command = {
  parameters: 'FILE',
  summary: 'write the wrapped keys of all tenants to a file, in the place of the older one',
  run: ([path = '']) =>
    asOperator(async (operator) => {
      const keys = await backup(operator, { path, actor: { kind: 'operator', id: operatorName() } })
      process.stdout.write(`${keys} keys of tenants were written to ${path}. Keep no older key file.\n`)
    }),
}
