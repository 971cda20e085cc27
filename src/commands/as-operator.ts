import { userInfo } from 'node:os'
import { composeOperator, type Operator } from '../compose/operator.ts'
import { createLogger } from '../lib/logger.ts'
import { processConfig } from '../process-config.ts'

/** Runs `work` with what an operator's command needs, and closes it again. */
export const asOperator = (work: (operator: Operator) => Promise<void>): Promise<void> =>
  withOperator(async (operator) => {
    await operator.start()
    await work(operator)
  })

/** The same whatever is wrong with the master keys: for commands that tell of it. */
export async function withOperator(work: (operator: Operator) => Promise<void>): Promise<void> {
  const { config, databaseUrl } = await processConfig()
  const operator = composeOperator({ config, databaseUrl, log: createLogger({ level: config.logLevel }) })
  await work(operator).finally(operator.database.close)
}

/** Who the audit log says that it was. */
export const operatorName = (): string => userInfo().username
