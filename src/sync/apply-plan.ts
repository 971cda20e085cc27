import { isTrouble } from '../lib/trouble.ts'
import { isNothing, otherSide, type RecordPlan, type SideName } from './plan/record-plan.ts'
import type { Side, SideWrite, SyncRecord, WriteAround, Written } from './sides/side.ts'

export type Sides = Record<SideName, Side>

/** What became of the writes of a plan. The error is what ended it; what was done before stays done. */
export type Applied = {
  written: Partial<Record<SideName, Written>>
  error?: unknown
}

/** The side that the event is not about comes first: that is what the flow is for. */
export async function applyPlan(
  sides: Sides,
  given: {
    plan: RecordPlan
    from: SideName
    records: Partial<Record<SideName, SyncRecord | undefined>>
    around: WriteAround
  },
): Promise<Applied> {
  const written: Applied['written'] = {}
  for (const side of [otherSide(given.from), given.from]) {
    const write = given.plan.writes[side]
    const record = given.records[side]
    if (record ? isNothing(write) : side === given.from) continue
    try {
      await writeOne(sides[side], write, record, given.around, (one) => {
        written[side] = one
      })
    } catch (error) {
      return { written, error }
    }
    if (written[side]?.effect === 'declined') break
  }
  return { written }
}

/** What is new is made first and gets its labels then, so that its id is known whatever becomes of those. */
async function writeOne(
  side: Side,
  write: SideWrite,
  record: SyncRecord | undefined,
  around: WriteAround,
  done: (written: Written) => void,
): Promise<void> {
  if (!record) return create(side, write, around, done)
  try {
    done(await side.update(record, write, around))
  } catch (error) {
    // It was there when it was read, and is gone by now.
    if (!isTrouble(error) || error.code !== 'not_found') throw error
    await create(side, write, around, done)
  }
}

async function create(
  side: Side,
  write: SideWrite,
  around: WriteAround,
  done: (written: Written) => void,
): Promise<void> {
  const isWhole = side.makesWithLabels?.(around) ?? false
  const made = await side.create(isWhole ? write : { ...write, labels: NO_LABELS }, around)
  done(made)
  if (isWhole) return
  const hasLabels = write.labels.add.length + write.labels.remove.length > 0
  if (!hasLabels || made.effect === 'declined') return
  const known = made.record ?? { id: made.id, fields: {}, changedAt: null, isDeleted: false }
  const { effect } = await side.update(known, { fields: {}, labels: write.labels, consent: {} }, around)
  if (effect === 'declined') done({ ...made, effect })
}

const NO_LABELS = { add: [], remove: [] }
