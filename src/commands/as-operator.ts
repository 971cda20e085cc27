import { composeOperator, type Operator } from '../compose.ts'
import { createLogger } from '../lib/logger.ts'
import { processConfig } from '../process-config.ts'

/** Runs `work` with what an operator's command needs, and closes it again. */
export async function asOperator(work: (operator: Operator) => Promise<void>): Promise<void> {
  const { config, databaseUrl } = await processConfig()
  const operator = composeOperator({ config, databaseUrl, log: createLogger({ level: config.logLevel }) })
  try {
    await operator.start()
    await work(operator)
  } finally {
    await operator.database.close()
  }
}
