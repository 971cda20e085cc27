import { setTimeout as sleep } from 'node:timers/promises'
import { PgBoss } from 'pg-boss'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Database, openDatabase } from '../../src/db/database.ts'
import { listenForJobs } from '../../src/jobs/listen-for-jobs.ts'
import { createQueue, type Queue } from '../../src/jobs/queue.ts'
import type { FreeWork } from '../../src/jobs/work-freely.ts'
import { createLogger } from '../../src/lib/logger.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { eventually } from '../support/people.ts'

const log = createLogger({ level: 'silent' })
let here: TestDatabase
let database: Database
let sender: Queue

beforeAll(async () => {
  here = await createTestDatabase()
  database = openDatabase({ url: here.url, max: 2, name: 'test' })
  sender = createQueue({ databaseUrl: here.url, log, role: 'enqueue' })
  await sender.start()
})
afterAll(async () => {
  await sender?.stop(1000)
  await database?.close()
  await here?.drop()
})

const enqueue = (tenantId: string): Promise<void> =>
  sender.enqueue(database.system, 'work-inbox', { tenantId }, { key: tenantId })

const jobs = (tenantId: string): Promise<string[]> =>
  database.system.sql('pgboss.job').whereRaw("data ->> 'tenantId' = ?", [tenantId]).orderBy('created_on').pluck('state')

async function working(
  work: Pick<FreeWork<'work-inbox'>, 'handler'> & Partial<FreeWork<'work-inbox'>>,
  during: (queue: Queue) => Promise<void>,
): Promise<void> {
  const queue = createQueue({ databaseUrl: here.url, log, role: 'work' })
  await queue.start()
  await queue.workFreely('work-inbox', { places: 3, passOver: () => [], ...work })
  await during(queue).finally(() => queue.stop(500))
}

const reaches = (tenantId: string, ...states: string[]): Promise<string[]> =>
  eventually(
    () => jobs(tenantId),
    (found) => found.join() === states.join(),
  )

test('whoever listens hears of a job at once, and of no other queue’s', async () => {
  const boss = new PgBoss({ connectionString: here.url, migrate: false, supervise: false, schedule: false })
  boss.on('error', () => {})
  await boss.start()
  let rings = 0
  const listening = await listenForJobs(boss, 'work-inbox', () => {
    rings++
  })
  const before = rings // once, since it may have missed some
  await sender.enqueue(database.system, 'renew-token', { tenantId: 'other' }, { key: 'other' })
  await enqueue('heard')
  await eventually(
    async () => rings,
    (heard) => heard > before,
  )
  expect(rings).toBe(before + 1)
  await listening.close()
  await boss.stop({ graceful: false })
  await database.system.sql('pgboss.job').whereRaw("data ->> 'tenantId' = 'heard'").delete()
})

test('a slow job keeps only its own place', async () => {
  const begun: string[] = []
  let release = (): void => {}
  const slow = new Promise<void>((resolve) => {
    release = resolve
  })
  const handler = async ({ tenantId }: { tenantId: string }): Promise<void> => {
    begun.push(tenantId)
    if (tenantId === 'slow') await slow
  }
  await working({ handler }, async () => {
    await enqueue('slow')
    await eventually(async () => begun.includes('slow'), Boolean)
    for (const tenantId of ['a', 'b', 'c', 'd']) await enqueue(tenantId)
    for (const tenantId of ['a', 'b', 'c', 'd']) await reaches(tenantId, 'completed')
    expect(await jobs('slow')).toEqual(['active'])
    release()
    await reaches('slow', 'completed')
  })
})

test('no more jobs are begun than there are places, and those who work hear that others wait', async () => {
  let atOnce = 0
  let most = 0
  const crowded: boolean[] = []
  const handler: FreeWork<'work-inbox'>['handler'] = async (_payload, place) => {
    most = Math.max(most, ++atOnce)
    await sleep(60)
    crowded.push(place.isCrowded())
    atOnce--
  }
  for (let index = 0; index < 7; index++) await enqueue(`busy ${index}`)
  await working({ handler }, async () => {
    for (let index = 0; index < 7; index++) await reaches(`busy ${index}`, 'completed')
  })
  expect(most).toBe(3)
  expect(crowded).toContain(true)
})

test('keys that are passed over wait until they no longer are', async () => {
  const passed = new Set(['later'])
  const begun: string[] = []
  const handler = async ({ tenantId }: { tenantId: string }): Promise<void> => void begun.push(tenantId)
  await working({ handler, passOver: () => [...passed] }, async () => {
    await enqueue('later')
    await enqueue('now')
    await reaches('now', 'completed')
    expect(begun).not.toContain('later')
    passed.clear()
    await reaches('later', 'completed')
  })
})

test('a job that fails is tried again, and one that does not end in time is handed back', async () => {
  let failures = 1
  const handler: FreeWork<'work-inbox'>['handler'] = async ({ tenantId }, { signal }) => {
    if (tenantId === 'failing' && failures-- > 0) throw new Error('This time not.')
    if (tenantId === 'endless') await new Promise(() => signal.addEventListener('abort', () => {}))
  }
  await working({ handler }, async () => {
    await enqueue('failing')
    await enqueue('endless')
    await reaches('failing', 'completed')
    await reaches('endless', 'active')
  })
  expect(await jobs('endless')).toEqual(['retry'])
})
