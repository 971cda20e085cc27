import { fromKnex, type JobInsert, type JobResult, type JobWithMetadata, PgBoss, type WorkOptions } from 'pg-boss'
import type { AnyDb } from '../db/database.ts'
import type { Statement } from '../db/pipeline.ts'
import type { Logger } from '../lib/logger.ts'
import { GROUPED_BY_KEY, type JobName, type JobPayloads, LOOK_SECONDS, MONITOR_SECONDS, ONE_AT_A_TIME } from './jobs.ts'
import { type FreeWork, workFreely } from './work-freely.ts'

/** Adds a job in the transaction in hand: it exists exactly when the change that asked for it does. */
export type Enqueue = <Name extends JobName>(
  db: AnyDb,
  name: Name,
  payload: JobPayloads[Name],
  options?: JobSettings,
) => Promise<void>

export type EnqueueMany = <Name extends JobName>(
  db: AnyDb,
  name: Name,
  jobs: ({ payload: JobPayloads[Name] } & JobSettings)[],
) => Promise<void>

/** The statement that adds these jobs, for whoever sends it together with others. */
export type EnqueueStatement = <Name extends JobName>(
  name: Name,
  jobs: ({ payload: JobPayloads[Name] } & JobSettings)[],
) => Promise<Statement>

export type JobSettings = {
  /** What the queue's policy goes by: jobs with one key run in order, or once. */
  key?: string
  /** A uuid v7 keeps jobs of one transaction in the order in which they were given. */
  id?: string
  /** Not before so many milliseconds have passed. */
  afterMs?: number
}

export type Queue = {
  start(): Promise<void>
  /** Waits for the jobs under way, up to the deadline; those not finished by then are handed back. */
  stop(deadlineMs: number): Promise<void>
  enqueue: Enqueue
  enqueueMany: EnqueueMany
  enqueueStatement: EnqueueStatement
  work<Name extends JobName>(name: Name, options: WorkSettings, handler: JobHandler<Name>): Promise<void>
  /** The same, each job settled for itself. */
  workFreely<Name extends JobName>(name: Name, work: FreeWork<Name>): Promise<void>
  schedule(name: JobName, cron: string): Promise<void>
}

export type WorkSettings = { batch: number; lanes: number }

/**
 * Resolves when the job is done; rejects when it should be tried again later. The signal says that the job is no longer this
 * worker's: it took too long, or was presumed dead.
 */
export type JobHandler<Name extends JobName> = (
  payload: JobPayloads[Name],
  job: { attempt: number; signal: AbortSignal },
) => Promise<void>

export type QueueOptions = {
  databaseUrl: string
  log: Logger
  /** Workers supervise and schedule; a process that only enqueues does neither. */
  role: 'enqueue' | 'work'
}

/** A connection that owes an answer for so long is given up. */
const SILENT_MS = 10_000

export function createQueue(options: QueueOptions): Queue {
  const working = options.role === 'work'
  const boss = new PgBoss({
    connectionString: options.databaseUrl,
    application_name: 'causeway queue',
    max: working ? 6 : 1,
    ...{ query_timeout: SILENT_MS }, // pg knows it, the types of pg-boss do not
    migrate: false,
    supervise: working,
    schedule: working,
    useListenNotify: working,
    monitorIntervalSeconds: MONITOR_SECONDS,
    superviseIntervalSeconds: LOOK_SECONDS,
  })
  boss.on('error', (error) => options.log.warn({ error }, 'the queue met an error and goes on'))

  const free: { stop(deadlineMs: number): Promise<void> }[] = []
  const enqueueMany: EnqueueMany = async (db, name, jobs) => {
    if (jobs.length === 0) return
    const inserts = jobs.map((job) => toInsert(name, job))
    await boss.insert(name, inserts, { db: fromKnex(db.sql), returnId: false })
  }
  return {
    start: async () => void (await boss.start()),
    stop: async (deadlineMs) => {
      await Promise.all(free.map((work) => work.stop(deadlineMs)))
      await boss.stop({ graceful: true, timeout: deadlineMs })
    },
    enqueueMany,
    enqueueStatement: async (name, jobs) => {
      const statements: Statement[] = []
      const executeSql = async (text: string, values: unknown[] = []) => {
        statements.push({ text, values })
        return { rows: [] }
      }
      await boss.insert(
        name,
        jobs.map((job) => toInsert(name, job)),
        { db: { executeSql }, returnId: false },
      )
      if (statements.length !== 1) throw new Error('The queue no longer adds jobs with one statement.')
      return statements[0] as Statement
    },
    enqueue: (db, name, payload, settings) => enqueueMany(db, name, [{ payload, ...settings }]),
    work: async (name, settings, handler) => {
      for (let lane = 0; lane < settings.lanes; lane++) await openLane(boss, name, settings, handler, options.log)
    },
    workFreely: async (name, work) => void free.push(await workFreely(boss, name, work, options.log)),
    schedule: (name, cron) => boss.schedule(name, cron),
  }
}

/**
 * A key's next job can be fetched once the one before it is settled, and nothing notifies of that: a lane that has worked
 * looks again at once. Without it a contact's events would be worked on at one a poll.
 */
async function openLane<Name extends JobName>(
  boss: PgBoss,
  name: Name,
  settings: WorkSettings,
  handler: JobHandler<Name>,
  log: Logger,
): Promise<void> {
  const lane = await boss.work(
    name,
    workOptions(name, settings),
    async (jobs: JobWithMetadata<JobPayloads[Name]>[]) => {
      const results = await Promise.all(jobs.map((job) => settle(job, handler, log)))
      boss.notifyWorker(lane)
      return results
    },
  )
}

const toInsert = (name: JobName, { payload, key, id, afterMs }: { payload: object } & JobSettings): JobInsert => ({
  data: payload,
  ...(key && { singletonKey: key }),
  ...(key && GROUPED_BY_KEY.has(name) && { group: { id: key } }),
  ...(id && { id }),
  ...(afterMs && { startAfter: Math.ceil(afterMs / 1000) }),
})

/**
 * NOTIFY wakes the workers; retries and delayed jobs are not notified, so they poll each second as well. Batches, because
 * one job a fetch drains a backlog at one job a poll.
 */
const workOptions = (name: JobName, settings: WorkSettings) =>
  ({
    batchSize: settings.batch,
    burstWhenBatchFull: true,
    pollingIntervalSeconds: 1,
    notifyPollingIntervalSeconds: 1,
    perJobResults: true,
    includeMetadata: true,
    ...(ONE_AT_A_TIME.has(name) && { groupConcurrency: 1 }),
  }) as const satisfies WorkOptions

async function settle<Name extends JobName>(
  job: JobWithMetadata<JobPayloads[Name]>,
  handler: JobHandler<Name>,
  log: Logger,
): Promise<JobResult> {
  try {
    await handler(job.data, { attempt: job.retryCount + 1, signal: job.signal })
    return { id: job.id, status: 'completed' }
  } catch (error) {
    log.warn({ error, job: job.name, ...job.data, attempt: job.retryCount + 1 }, 'a job will be tried again')
    return { id: job.id, status: 'failed', output: { name: error instanceof Error ? error.name : typeof error } }
  }
}
