import { forgetRecords } from '../../src/backfills/backfill-record-store.ts'
import { getBackfill, insertBackfill, moveBackfill } from '../../src/backfills/backfill-store.ts'
import { highLevelReader } from '../../src/backfills/highlevel-reader.ts'
import { createReadOn, placeOf } from '../../src/backfills/read-on.ts'
import { takeTurn } from '../../src/backfills/turn-store.ts'
import { composeCore } from '../../src/compose/core.ts'
import { readConfig } from '../../src/config.ts'
import { createQueue } from '../../src/jobs/queue.ts'
import { newId } from '../../src/lib/ids.ts'
import { createLogger } from '../../src/lib/logger.ts'
import { answerParent } from './helper-process.ts'

/** Reads an account's contacts as the product does: each page is stored with the place where reading goes on. */
export type ReadReport = { seconds: number; contacts: number; rssBefore: number; rssMost: number }

const TURN_MS = 3000
const MB = 2 ** 20
/** What a process needs to be warm is not what it needs more and more of. */
const WARM_PAGES = 20

const config = readConfig()
const databaseUrl = String(config.databaseUrl)
const log = createLogger({ level: 'warn' })
const core = composeCore({ config, databaseUrl, log }, createQueue({ databaseUrl, log, role: 'enqueue' }))

type Place = { tenantId: string; locationId: string; backfillId: string }

const actions = {
  /** The run of a backfill that somebody asked for. Its id. */
  begin: ({ tenantId }: { tenantId: string }): Promise<string> =>
    core.database.asTenant(tenantId, async (db) => {
      const [id, at] = [newId(), new Date()]
      const about = { object: 'contact', source: 'highlevel', mappingVersion: 1, askedBy: 'bench' } as const
      await insertBackfill(db, { id, flowId: newId(), connectionId: newId(), ...about }, at)
      const running = { status: 'running', resumes: null, reason: null, wakeAt: null, isOver: false } as const
      await moveBackfill(db, id, { ...running, at, startedAt: at })
      return id
    }),
  read,
}

export type BackfillActions = typeof actions

async function read({ tenantId, locationId, backfillId }: Place): Promise<ReadReport> {
  const turn = { backfillId, turn: newId() }
  const now = new Date()
  const times = { forMs: TURN_MS, now, wakeAt: now }
  const taken = await core.database.asTenant(tenantId, (db) => takeTurn(db, turn, times))
  if (!taken) throw new Error('Somebody else reads it.')
  const reader = highLevelReader({ api: core.tenantApi(tenantId, 'backfill'), locationId, offsetMs: () => 0 })
  const readOn = createReadOn({ ...core, now: Date.now }, reader, { tenantId, turn, turnMs: TURN_MS })
  const report = { seconds: 0, contacts: 0, rssBefore: 0, rssMost: 0 }
  const begunAt = performance.now()
  for (let pages = 1; ; pages++) {
    const backfill = await core.database.asTenant(tenantId, (db) => getBackfill(db, backfillId))
    if (placeOf(backfill).pass !== 'all') break
    await readOn(backfill)
    report.contacts += await core.database.asTenant(tenantId, (db) => forgetRecords(db, { backfillId, phase: 'run' }))
    const rss = process.memoryUsage.rss() / MB
    if (pages <= WARM_PAGES) report.rssBefore = Math.max(report.rssBefore, rss)
    report.rssMost = Math.max(report.rssMost, rss)
  }
  return { ...report, seconds: (performance.now() - begunAt) / 1000 }
}

answerParent(actions)
