import type { Database } from '../db/database.ts'
import { createGroupCommit } from '../lib/group-commit.ts'
import { type Installation, listInstallations } from './installation-store.ts'

/** The installation as it is now. Those who ask at the same time, whosever installation it is, share a statement. */
export type ReadInstallation = (tenantId: string) => Promise<Installation | undefined>

const TOGETHER = { lanes: 2, most: 200, waiting: 100_000, isItemFault: () => false }

export const createReadInstallation = (database: Database): ReadInstallation =>
  createGroupCommit({
    ...TOGETHER,
    commit: async (tenantIds: string[]) => {
      const found = await listInstallations(database.system, tenantIds)
      return tenantIds.map((tenantId) => found.get(tenantId))
    },
  })
