import { type KeyRestoration, restoreKeys as restore } from '../tenants/restore-keys.ts'
import { operatorName, withOperator } from './as-operator.ts'
import type { Command } from './command.ts'

export const restoreKeys: Command = {
  parameters: 'FILE',
  summary: 'put the keys of such a file into a restored database, before anything is started on it',
  run: ([path = '']) =>
    withOperator(async (operator) => {
      const restoration = await restore(operator, { path, actor: { kind: 'operator', id: operatorName() } })
      process.stdout.write(tell(restoration))
      if (restoration.replaced.length + restoration.damaged.length > 0) process.exitCode = 1
    }),
}

const tell = ({ writtenAt, restored, present, destroyed, replaced, damaged }: KeyRestoration): string =>
  [
    `${restored} keys of tenants were put back as they were at ${writtenAt}; ${present} were there already.`,
    ...(destroyed > 0 ? [`${destroyed} stay gone: they were destroyed since.`] : []),
    ...replaced.map((tenantId) => `tenant ${tenantId}: has another key by now, which stays; older data does not open`),
    ...damaged.map((tenantId) => `tenant ${tenantId}: its key in the file does not open`),
    '',
  ].join('\n')
