import { listIntakeAlarms } from '../webhooks/intake-alarm-store.ts'
import { sumIntakeCounts } from '../webhooks/intake-count-store.ts'
import type { Check } from './check.ts'
import { type Finding, ok, warn } from './finding.ts'

const DAY_MS = 86_400_000

/** How webhooks of the last day were met at the door. */
export const checkIntake: Check = {
  name: 'intake',
  readsTables: true,
  run: async ({ database, now }) => {
    const span = { from: new Date(now() - DAY_MS), to: new Date(now() + DAY_MS) }
    const sums = await sumIntakeCounts(database.system, span)
    const alarms = await listIntakeAlarms(database.system)
    const summary = sums.map(({ source, outcome, count }) => `${count} ${source} ${outcome.replaceAll('_', ' ')}`)
    return [
      ...alarms.map(alarm),
      ...turnedAway(sums.filter(({ outcome }) => outcome === 'try_later')),
      ok(summary.length > 0 ? `Webhooks of the last day: ${summary.join(', ')}.` : 'No webhook came in the last day.'),
    ]
  },
}

const alarm = ({ source, since }: { source: string; since: Date }): Finding =>
  warn(
    `Since ${since.toISOString().slice(0, 16)}Z far more forged webhooks come from ${source} than usual.`,
    source === 'highlevel'
      ? 'Look in the developer portal whether the platform has announced a new key, and put it into HIGHLEVEL_WEBHOOK_KEYS beside the old one; webhooks refused meanwhile can be sent again from the portal.'
      : 'Ask the partner whether it has changed what it signs its webhooks with.',
  )

const turnedAway = (sums: { count: number }[]): Finding[] => {
  const count = sums.reduce((total, one) => total + Number(one.count), 0)
  if (count === 0) return []
  return [
    warn(
      `${count} webhooks of the last day were asked to be sent again.`,
      'Look for "deliveries could not be stored" in the log of the web processes: the database was away or too slow, or more came than there is room for.',
    ),
  ]
}
