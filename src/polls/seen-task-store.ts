import type { TenantDb } from '../db/database.ts'

/** An open task as it was last seen. */
export type SeenTask = { taskId: string; contactId: string | null; hash: string }

const COLUMNS = { taskId: 'task_id', contactId: 'contact_id', hash: 'hash' } as const

export const findSeenTasks = (db: TenantDb, taskIds: string[]): Promise<SeenTask[]> =>
  db.sql('seen_tasks').where({ tenant_id: db.tenantId }).whereIn('task_id', taskIds).select(COLUMNS)

export async function saveSeenTasks(db: TenantDb, tasks: SeenTask[], passAt: Date): Promise<void> {
  if (tasks.length === 0) return
  await db
    .sql('seen_tasks')
    .insert(
      tasks.map(({ taskId, contactId, hash }) => ({
        tenant_id: db.tenantId,
        task_id: taskId,
        contact_id: contactId,
        hash,
        pass_at: passAt,
      })),
    )
    .onConflict(['tenant_id', 'task_id'])
    .merge(['contact_id', 'hash', 'pass_at'])
}

/** Those that the pass which began then did not meet. */
export const listUnseenTasks = (db: TenantDb, passAt: Date, most: number): Promise<SeenTask[]> =>
  db
    .sql('seen_tasks')
    .where({ tenant_id: db.tenantId })
    .where('pass_at', '<', passAt)
    .orderBy(['pass_at', 'task_id'])
    .limit(most)
    .select(COLUMNS)

export async function forgetSeenTasks(db: TenantDb, taskIds: string[]): Promise<void> {
  if (taskIds.length === 0) return
  await db.sql('seen_tasks').where({ tenant_id: db.tenantId }).whereIn('task_id', taskIds).delete()
}

export async function forgetUnseenTasks(db: TenantDb, passAt: Date): Promise<void> {
  await db.sql('seen_tasks').where({ tenant_id: db.tenantId }).where('pass_at', '<', passAt).delete()
}
