import type { Branch, FlowStep } from '../connectors/flow-definition.ts'
import type { FieldValues } from '../lib/field.ts'
import { isTrouble } from '../lib/trouble.ts'
import type { FlowEvent } from './flow-event.ts'
import type { Started } from './run-flow.ts'
import { runOperation } from './run-operation.ts'
import type { SyncDeps } from './sync-deps.ts'
import type { SyncOutcome } from './sync-outcome.ts'
import { syncPair } from './sync-pair.ts'
import type { Closing } from './under-run.ts'

/** What a step came to, as branches name it, and what later steps may use of it. */
export type StepResult = { on: Branch['on']; reason: string | null; values: FieldValues; closing: Partial<Closing> }

/** One after another. A failure ends the flow, unless the step says what is to be done then. */
export async function runSteps(deps: SyncDeps, event: FlowEvent, started: Started): Promise<void> {
  const left = [...started.passage.steps]
  const results: StepResult[] = []
  const facts: FieldValues = {}
  let isEnded = false
  for (let step = left.shift(); step; step = left.shift()) {
    const isLast = left.length === 0 && step.branches.length === 0
    const result = await runStep(deps, event, started, step, { facts, results, isFirst: results.length === 0, isLast })
    isEnded = isLast && step.kind === 'sync'
    results.push(result)
    for (const [key, value] of Object.entries(result.values)) facts[`steps.${step.id}.${key}`] = value
    left.unshift(...(step.branches.find(({ on }) => on === result.on)?.steps ?? []))
  }
  if (isEnded) return
  await deps.database.asTenant(event.tenantId, (db) => started.end(db, closingOf(results)))
}

type Around = { facts: FieldValues; results: StepResult[]; isFirst: boolean; isLast: boolean }

async function runStep(
  deps: SyncDeps,
  event: FlowEvent,
  started: Started,
  step: FlowStep,
  around: Around,
): Promise<StepResult> {
  try {
    if (step.kind === 'operation') return await runOperation(deps, event, started, step, around.facts)
    const { ctx, reading, held, turn, end } = started
    const outcome = await syncPair(deps, ctx, {
      step,
      source: reading.record,
      readAt: reading.readAt,
      ...(around.isFirst && held !== 'busy' && held !== undefined && { held, turn }),
      finish: async (db, outcome) => {
        if (around.isLast) await end(db, closingOf([...around.results, resultOf(outcome)]))
      },
    })
    return resultOf(outcome)
  } catch (error) {
    const isForGood = isTrouble(error) && !error.heals && error.code !== 'credentials_refused'
    if (!isForGood || !step.branches.some(({ on }) => on === 'failed')) throw error
    return { on: 'failed', reason: error.message, values: {}, closing: {} }
  }
}

function resultOf({ outcome, reason, highLevelId, partnerId }: SyncOutcome): StepResult {
  const on = (
    {
      created: 'succeeded',
      updated: 'succeeded',
      unchanged: 'unchanged',
      skipped: 'declined',
      conflict: 'unchanged',
      failed: 'failed',
    } as const
  )[outcome]
  return {
    on,
    reason,
    values: { highlevel_id: highLevelId, partner_id: partnerId },
    closing: { highLevelId, partnerId },
  }
}

/** The best that any step came to is what the run came to. */
function closingOf(results: readonly StepResult[]): Closing {
  const ons = results.map(({ on }) => on)
  const outcome = ons.includes('succeeded')
    ? 'succeeded'
    : ons.includes('failed')
      ? 'failed'
      : ons.includes('declined')
        ? 'skipped'
        : 'unchanged'
  const closings = results.map(({ closing }) => closing)
  const reasons = new Set(results.flatMap((one) => one.reason ?? [])) // several steps may say the same
  const reason = [...reasons].join(' ') || null
  return { outcome, reason, ...Object.assign({}, ...closings) }
}
