import { userInfo } from 'node:os'
import { composeReconcile } from '../compose/operator.ts'
import { isAppError } from '../lib/errors.ts'
import { createLogger } from '../lib/logger.ts'
import { OperatorError } from '../lib/operator-error.ts'
import { isTrouble } from '../lib/trouble.ts'
import { processConfig } from '../process-config.ts'
import type { Reconciliation } from '../tenants/reconcile-company.ts'
import type { Command } from './command.ts'

const EVEN_IF_MANY = '--even-if-many'

export const reconcile: Command = {
  parameters: `[COMPANY_OR_TENANT] [${EVEN_IF_MANY}]`,
  summary: 'compare companies with the platform’s list of their locations, and heal what differs',
  run: async (args) => {
    const evenIfMany = args.includes(EVEN_IF_MANY)
    const [wanted] = args.filter((arg) => arg !== EVEN_IF_MANY)
    const { config, databaseUrl } = await processConfig()
    const log = createLogger({ level: config.logLevel })
    const reconciler = composeReconcile({ config, databaseUrl, log })
    await reconciler.start()
    try {
      const tenantIds = await reconciler.findCompanies(wanted)
      if (wanted && tenantIds.length === 0) throw new OperatorError(`There is no company ${wanted} here.`)
      const actor = { kind: 'operator', id: userInfo().username } as const
      for (const tenantId of tenantIds) {
        const said = await reconciler.reconcile({ tenantId, actor, evenIfMany }).then(sentenceFor, sentenceForTrouble)
        process.stdout.write(`company ${tenantId}: ${said}\n`)
      }
    } finally {
      await reconciler.stop()
    }
  },
}

function sentenceFor(found: Reconciliation): string {
  if (found.outcome === 'refused') process.exitCode = 1
  return sentences[found.outcome](found)
}

/** The other companies are compared all the same. */
function sentenceForTrouble(error: unknown): string {
  if (!isTrouble(error) && !isAppError(error)) throw error
  process.exitCode = 1
  return `the list could not be read to its end, so nobody was uninstalled. ${error.message}`
}

const sentences: Record<Reconciliation['outcome'], (found: Reconciliation) => string> = {
  finished: ({ listed, healed, absent }) =>
    `${listed} locations are on the list, ${healed} were healed, ${absent} of them uninstalled.`,
  refused: ({ absent }) =>
    `${absent} locations are not on the list any more, too many to uninstall at once. Look why; ${EVEN_IF_MANY} does it.`,
  skipped: () => 'not connected to the platform, left alone.',
}
