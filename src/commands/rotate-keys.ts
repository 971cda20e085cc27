import { createProgress } from '../lib/progress.ts'
import { type Rotation, rotateKeys as rotate, type Unopened } from '../tenants/rotate-keys.ts'
import { operatorName, withOperator } from './as-operator.ts'
import type { Command } from './command.ts'

export const rotateKeys: Command = {
  summary: 'wrap the keys of all tenants under the first of ENCRYPTION_KEYS; exits 1 when one does not open',
  run: () =>
    withOperator(async (operator) => {
      const progress = createProgress(process.stdout)
      const actor = { kind: 'operator', id: operatorName() } as const
      const rotation = await rotate(operator, { actor, onProgress: progress.show })
      progress.end()
      process.stdout.write(tell(rotation))
      if (rotation.unopened.length > 0) process.exitCode = 1
    }),
}

const tell = ({ current, rotated, unopened, unneeded }: Rotation): string =>
  [
    `${rotated} keys of tenants were wrapped anew, under "${current}".`,
    ...unopened.map(tellUnopened),
    ...(unneeded.length > 0 ? [tellUnneeded(unneeded)] : []),
    '',
  ].join('\n')

const tellUnopened = ({ tenantId, masterKid, reason }: Unopened): string =>
  reason === 'missing'
    ? `tenant ${tenantId}: its key is wrapped under "${masterKid}", which ENCRYPTION_KEYS lacks`
    : `tenant ${tenantId}: its key does not open under "${masterKid}": the row is damaged or not its own`

const tellUnneeded = (kids: string[]): string =>
  `Not needed any more: ${kids.join(', ')}. Write a new key file (backup-keys), and remove them from ENCRYPTION_KEYS ` +
  'once every process runs with the present list.'
