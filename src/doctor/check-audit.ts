import { verifyLastEntries } from '../audit/verify-audit.ts'
import type { Check } from './check.ts'
import { fail, ok } from './finding.ts'

/** The end of each chain; the whole of them is for `verify-audit`. */
export const checkAudit: Check = {
  name: 'audit log',
  readsTables: true,
  run: async ({ database }) => {
    const { chains, faults } = await verifyLastEntries(database.system)
    if (faults.length === 0) return [ok(`The last entry of ${chains} chains is what it was.`)]
    return faults.map(({ tenantId, seq, fault }) =>
      fail(
        `The chain of tenant ${tenantId} does not hold at entry ${seq} (${fault}).`,
        'Run `node src/cli.ts verify-audit`, and find out who wrote to the database beside the app.',
      ),
    )
  },
}
