import { verifyAudit as verify } from '../audit/verify-audit.ts'
import { asOperator } from './as-operator.ts'
import type { Command } from './command.ts'

export const verifyAudit: Command = {
  summary: 'check every chain of the audit log; exits 1 when one is broken',
  run: () =>
    asOperator(async ({ database }) => {
      const { chains, entries, faults } = await verify(database.system)
      process.stdout.write(`${entries} entries in ${chains} chains were checked.\n`)
      for (const { tenantId, seq, fault } of faults) process.stdout.write(`tenant ${tenantId}: ${fault} at ${seq}\n`)
      if (faults.length > 0) process.exitCode = 1
    }),
}
