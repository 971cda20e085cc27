import { makeAdminLink } from '../console/operator-session.ts'
import { asOperator, operatorName } from './as-operator.ts'
import type { Command } from './command.ts'

export const adminLink: Command = {
  summary: 'print a link that signs one operator in to the console, once',
  run: () =>
    asOperator(async (operator) => {
      process.stdout.write(`${await makeAdminLink(operator, operatorName())}\n`)
    }),
}
