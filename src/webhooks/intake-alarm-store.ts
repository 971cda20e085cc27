import type { SystemDb } from '../db/database.ts'

/** A source of which far more forged webhooks come than usual. */
export type IntakeAlarm = { source: string; since: Date }

export const listIntakeAlarms = (db: SystemDb): Promise<IntakeAlarm[]> =>
  db.sql('intake_alarms').orderBy('source').select('source', 'since')

/** Whether it was not known before. */
export async function raiseIntakeAlarm(db: SystemDb, alarm: IntakeAlarm): Promise<boolean> {
  const raised = await db.sql('intake_alarms').insert(alarm).onConflict('source').ignore().returning('source')
  return raised.length > 0
}

/** Whether there was one. */
export const endIntakeAlarm = async (db: SystemDb, source: string): Promise<boolean> =>
  (await db.sql('intake_alarms').where({ source }).delete()) > 0
