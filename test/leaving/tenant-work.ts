import { composeTenantWork } from '../../src/compose/operator.ts'
import { createLogger } from '../../src/lib/logger.ts'
import type { Line } from '../support/line.ts'

/** What an operator's command works with, without the command. */
export const tenantWork = (line: Line, now?: () => number): ReturnType<typeof composeTenantWork> =>
  composeTenantWork({
    config: line.config,
    databaseUrl: line.databaseUrl,
    log: createLogger({ level: 'silent' }),
    ...(now && { now }),
  })
