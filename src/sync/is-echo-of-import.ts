import { setTimeout as sleep } from 'node:timers/promises'
import { openConnection } from '../connections/open-connection.ts'
import type { SyncStep } from '../connectors/flow-definition.ts'
import type { TenantDb } from '../db/database.ts'
import type { Around } from '../flows/around.ts'
import type { StartedFlow } from '../flows/flow-store.ts'
import type { PlatformEvent } from '../flows/platform-event.ts'
import { tagName } from '../highlevel/tag-name.ts'
import { readWholeContact } from '../highlevel/whole-contact.ts'
import { openBase } from './base.ts'
import { contextOf } from './context-of.ts'
import type { FlowEvent } from './flow-event.ts'
import { isInStep } from './is-in-step.ts'
import { findLink } from './link-store.ts'
import { createRunLog } from './run-log.ts'
import { contactRecord } from './sides/contact-record.ts'
import { IMPORT_TAG } from './sides/import-tag.ts'
import type { SyncRecord } from './sides/side.ts'
import type { SyncDeps } from './sync-deps.ts'

type Told = { event: PlatformEvent; flowEvent: FlowEvent; flows: readonly StartedFlow[]; isCreation: boolean }

/** The event may be here before the answer of the call that it is about was stored. */
const LOOK_EVERY_MS = 100
const MOST_LOOKS = 10

/**
 * Whether an event tells what an import has just made, and nothing else: it is of the creation, bears the import's tag, and what
 * it says is what both sides agreed on. Then the contact need not be read, which would cost an import each of its calls twice.
 * An edit has an event of its own, later. In doubt, and for flows that do more than keep in step, it is an event like others.
 */
export async function isEchoOfImport(deps: SyncDeps, { event, flowEvent, flows, isCreation }: Told): Promise<boolean> {
  const steps = flows.map(onlySync)
  if (!isCreation || !bearsTheTag(event) || flows.length === 0 || steps.includes(undefined)) return false
  const { tenantId, locationId } = flowEvent
  const fields = await deps.contactFields(deps.tenantApi(tenantId), locationId)
  const record = contactRecord(readWholeContact({ contact: { ...event.payload, id: event.recordId } }), fields)
  const around = await deps.accountAround(flowEvent)
  for (let looks = 1; ; looks++) {
    const said = await deps.database.asTenant(tenantId, (db) =>
      Promise.all(flows.map((flow) => isAgreed(deps, db, { flow, flowEvent, record, around }))),
    )
    if (!said.includes('no link') || looks === MOST_LOOKS) return said.every((one) => one === true)
    await sleep(LOOK_EVERY_MS)
  }
}

const bearsTheTag = ({ payload: { tags } }: PlatformEvent): boolean =>
  Array.isArray(tags) && tags.some((tag) => tagName(String(tag)) === IMPORT_TAG)

function onlySync({ definition: { conditions, enter } }: StartedFlow): SyncStep | undefined {
  const [step, ...others] = enter
  return conditions === null && others.length === 0 && step?.kind === 'sync' && step.object === 'contact'
    ? step
    : undefined
}

type Looked = { flow: StartedFlow; flowEvent: FlowEvent; record: SyncRecord; around: Around }

async function isAgreed(
  deps: SyncDeps,
  db: TenantDb,
  { flow, flowEvent, record, around }: Looked,
): Promise<boolean | 'no link'> {
  const step = onlySync(flow)
  const end = { connectionId: flow.connectionId, object: 'contact', side: 'highlevel', recordId: record.id } as const
  const link = await findLink(db, end)
  if (!step || !link?.base) return link ? false : 'no link'
  const open = await openConnection(deps, db, flow.connectionId)
  if ('waiting' in open) return false
  const ctx = contextOf(flowEvent, { flow, around, open, runId: '', log: createRunLog(deps.now) })
  return isInStep(ctx, step, { link, base: await openBase(deps.vault, db, link, link.base) }, record)
}
