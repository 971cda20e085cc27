import type { SystemDb } from '../db/database.ts'
import type { Clock } from '../lib/clock.ts'
import type { Logger } from '../lib/logger.ts'
import { forgeryTrend, type Sums } from './forgery-trend.ts'
import { endIntakeAlarm, listIntakeAlarms, raiseIntakeAlarm } from './intake-alarm-store.ts'
import { sumIntakeCounts } from './intake-count-store.ts'

const WINDOW_MS = 10 * 60_000
const USUAL_MS = 86_400_000

/** Compares the last minutes with the day before, and says once when forged webhooks rise, and once when that is over. */
export async function watchForgeries(deps: { system: SystemDb; now: Clock; log: Logger }): Promise<void> {
  const { system, now, log } = deps
  const [to, from] = [new Date(now() + WINDOW_MS), new Date(now() - WINDOW_MS)] // counted by clocks that may be ahead
  const recent = await sumsBySource(system, { from, to })
  const usual = await sumsBySource(system, { from: new Date(now() - USUAL_MS), to: from })
  const alarmed = (await listIntakeAlarms(system)).map(({ source }) => source)
  for (const source of new Set([...recent.keys(), ...alarmed])) {
    const trend = forgeryTrend(recent.get(source) ?? {}, usual.get(source) ?? {})
    if (trend === 'risen' && (await raiseIntakeAlarm(system, { source, since: new Date(now()) }))) {
      log.error(
        { source },
        'far more forged webhooks come than usual: their sender may have changed its key; see doctor',
      )
    }
    if (trend === 'calm' && (await endIntakeAlarm(system, source))) {
      log.info({ source }, 'no more forged webhooks come than usual: recovered')
    }
  }
}

async function sumsBySource(system: SystemDb, span: { from: Date; to: Date }): Promise<Map<string, Sums>> {
  const rows = Map.groupBy(await sumIntakeCounts(system, span), ({ source }) => source)
  return new Map(
    [...rows].map(([source, sums]) => [
      source,
      Object.fromEntries(sums.map(({ outcome, count }) => [outcome, Number(count)])),
    ]),
  )
}
