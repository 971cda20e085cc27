import type { ObjectType } from '../connectors/connector.ts'
import type { SyncStep } from '../connectors/flow-definition.ts'
import type { TenantDb } from '../db/database.ts'
import type { Lease } from '../tenants/lease-store.ts'
import type { Sides } from './apply-plan.ts'
import type { HeldPair } from './hold-pair.ts'
import type { PlanInput, SideName } from './plan/record-plan.ts'
import type { SyncRecord } from './sides/side.ts'
import type { SyncOutcome } from './sync-outcome.ts'

export type PairInput = {
  step: SyncStep
  /** The record that the event is about, as it was read at a moment of this process's clock. */
  source: SyncRecord
  readAt: number
  /** Where the caller holds it already; null where it has no counterpart yet. */
  held?: HeldPair | null
  /** The turn of a record without a counterpart, where the caller has it. */
  turn?: Lease[] | undefined
  /** Stores what belongs to the outcome, in the transaction that stores the outcome. */
  finish(db: TenantDb, outcome: SyncOutcome): Promise<void>
  /** Plans and writes nothing: what would be done. */
  dry?: boolean
}

/** Everything that is needed to plan a pair. */
export type PairWork = Omit<PairInput, 'held'> & {
  object: ObjectType<object>
  sides: Sides
  held: HeldPair | undefined
  planned: Omit<PlanInput, 'highlevel' | 'partner' | 'base'>
}

/** What was found of a pair when it was looked at. */
export type Looked = {
  source: SyncRecord
  target?: SyncRecord | undefined
  /** It was looked for just now by what identifies it, and is not there. */
  isAbsent?: boolean
  /** More than one could be meant. */
  several?: SyncRecord[]
  /** The counterpart was deleted, and is not made again. */
  gone?: boolean
}

export type Records = Partial<Record<SideName, SyncRecord>>
