import { type QueueHealth, readQueueHealth } from '../jobs/queue-health-store.ts'
import type { Check } from './check.ts'
import { type Finding, fail, ok, warn } from './finding.ts'
import { inWords } from './in-words.ts'

/** Workers look after the queues every few seconds. */
const WORKER_SILENT_SECONDS = 120
const WAITS_LONG_SECONDS = 300

export const checkQueue: Check = {
  name: 'queue',
  readsTables: true,
  run: async ({ database }) => {
    const health = await readQueueHealth(database.system)
    return [ok(summary(health)), ...missingQueues(health), ...missingWorker(health), ...longWaits(health)]
  },
}

function summary({ waiting }: QueueHealth): string {
  if (waiting.length === 0) return 'No job is waiting.'
  const queues = waiting.map(({ name, count, oldestSeconds }) => `${name} ${count} (oldest ${inWords(oldestSeconds)})`)
  return `Waiting: ${queues.join(', ')}.`
}

const missingQueues = ({ missing }: QueueHealth): Finding[] =>
  missing.length === 0
    ? []
    : [fail(`Queues are missing: ${missing.join(', ')}.`, 'Run `node src/cli.ts migrate`, which makes them.')]

function missingWorker({ workerSeenSecondsAgo: ago }: QueueHealth): Finding[] {
  if (ago !== null && ago < WORKER_SILENT_SECONDS) return []
  const seen = ago === null ? 'No worker was ever seen.' : `No worker was seen for ${inWords(ago)}.`
  return [fail(seen, 'Start a worker (`node src/worker.ts`): without one deliveries are stored but not worked on.')]
}

function longWaits({ waiting, workerSeenSecondsAgo }: QueueHealth): Finding[] {
  const isWorking = workerSeenSecondsAgo !== null && workerSeenSecondsAgo < WORKER_SILENT_SECONDS
  const long = waiting.filter(({ oldestSeconds }) => oldestSeconds > WAITS_LONG_SECONDS)
  if (long.length === 0 || !isWorking) return []
  const queues = long.map(({ name, oldestSeconds }) => `${name} for ${inWords(oldestSeconds)}`)
  return [
    warn(
      `Jobs wait although a worker runs: ${queues.join(', ')}.`,
      'Start more workers, or look in their log for what fails.',
    ),
  ]
}
