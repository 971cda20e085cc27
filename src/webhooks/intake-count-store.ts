import type { SystemDb } from '../db/database.ts'

export type IntakeCount = { minute: Date; source: string; outcome: string; count: number }

/** Adds to what other processes counted in the same minutes. In one order, so that two of them cannot lock each other out. */
export const addIntakeCounts = (db: SystemDb, counts: IntakeCount[]): Promise<unknown> =>
  db.sql.raw(
    `insert into intake_counts (minute, source, outcome, count)
     select * from unnest(:minutes::timestamptz[], :sources::text[], :outcomes::text[], :counts::bigint[]) as t(m, s, o, c)
     order by m, s, o
     on conflict (minute, source, outcome) do update set count = intake_counts.count + excluded.count`,
    {
      minutes: counts.map(({ minute }) => minute.toISOString()),
      sources: counts.map(({ source }) => source),
      outcomes: counts.map(({ outcome }) => outcome),
      counts: counts.map(({ count }) => count),
    },
  )

/** Sums by source and outcome from one moment up to another. */
export const sumIntakeCounts = (
  db: SystemDb,
  { from, to }: { from: Date; to: Date },
): Promise<{ source: string; outcome: string; count: number }[]> =>
  db
    .sql('intake_counts')
    .where('minute', '>=', from)
    .where('minute', '<', to)
    .groupBy('source', 'outcome')
    .orderBy(['source', 'outcome'])
    .select('source', 'outcome', db.sql.raw('sum(count)::bigint as count'))

export const forgetIntakeCounts = (db: SystemDb, before: Date): Promise<number> =>
  db.sql('intake_counts').where('minute', '<', before).delete()
