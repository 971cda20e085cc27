import type { SystemDb } from '../db/database.ts'
import type { JobName } from './jobs.ts'

/** Forgets a tenant's jobs, waiting or done, but those of one queue. One under way ends as if it had been done. */
export async function forgetJobs(db: SystemDb, tenantId: string, but: JobName): Promise<number> {
  return db.sql('pgboss.job').whereRaw("data ->> 'tenantId' = ?", [tenantId]).whereNot('name', but).delete()
}
