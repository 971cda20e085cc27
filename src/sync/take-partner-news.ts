import type { ObjectSync } from '../connectors/connector.ts'
import { findConnector } from '../connectors/registry.ts'
import { listAwaitedTriggers, type StartedFlow } from '../flows/flow-store.ts'
import { canonicalJson } from '../lib/canonical-json.ts'
import { findInstallation } from '../tenants/installation-store.ts'
import { awaitingFlows, type IsMeant } from './awaiting-flows.ts'
import { flatFields } from './flat-fields.ts'
import type { FlowEvent, Reading } from './flow-event.ts'
import type { PartnerHappening, PartnerListener } from './partner-listener.ts'
import { toSyncRecord } from './sides/partner-record.ts'
import type { SyncDeps } from './sync-deps.ts'
import { takeEvent } from './take-event.ts'

/** Flows that wait for what happens at partners. */
export const createPartnerNews = (deps: SyncDeps): PartnerListener => ({
  isWaiting: async (db, { trigger }) => (await listAwaitedTriggers(db, [trigger, changeOf(trigger)])).size > 0,
  take: async (happening) => {
    const { tenantId, connectionId } = happening
    const installation = await deps.database.asTenant(tenantId, findInstallation)
    if (!installation?.locationId) return { state: 'ignored', reason: 'not_installed' }
    const event = eventOf(deps, happening, installation.locationId)
    const isMeant: IsMeant = (flow) => flow.connectionId === connectionId && hasOptions(flow, happening)
    const [awaiting] = await deps.database.asTenant(tenantId, (db) => awaitingFlows(deps, db, [event], isMeant))
    return awaiting ? takeEvent(deps, event, awaiting) : { state: 'done', reason: 'no_flow' }
  },
})

const isDeletion = (trigger: string): boolean => trigger.endsWith('_deleted')

/** A deletion is told to those who wait for changes. */
const changeOf = (trigger: string): string => trigger.replace(/_deleted$/, '_changed')

/** What was asked for with options is for flows with the same ones. */
const hasOptions = ({ definition }: StartedFlow, { options }: PartnerHappening): boolean =>
  !options || canonicalJson(definition.options) === canonicalJson(options)

function eventOf(deps: SyncDeps, happening: PartnerHappening, locationId: string): FlowEvent {
  const { record, isUnread, trigger } = happening
  // What was signed, or asked for, is as gone as it says.
  const isGone = isUnread ? isDeletion(trigger) : record === null || record.isDeleted
  return {
    tenantId: happening.tenantId,
    locationId,
    cause: { causeId: happening.deliveryId, replays: happening.replays },
    trigger,
    from: 'partner',
    recordId: happening.objectId,
    contactId: null,
    at: happening.occurredAt.getTime(),
    data: flatFields(happening.data),
    changes: undefined,
    // A partner that tells of a change, and no longer has the record, tells of its deletion.
    ...(isGone && { isDeletion: { insteadOf: changeOf(trigger) } }),
    quiet: false,
    read: async () => readingOf(happening, syncOf(deps, trigger)),
  }
}

function readingOf(
  { record, isUnread, objectId, data, occurredAt, trigger }: PartnerHappening,
  sync: ObjectSync<object> | undefined,
): Reading {
  if (record) {
    const read = toSyncRecord(record, sync ?? {})
    return { record: { ...read, changedAt: read.changedAt ?? occurredAt.getTime() }, readAt: Date.now() }
  }
  if (!isUnread && !isDeletion(trigger)) return { reason: 'The record no longer exists there.', isGone: true }
  return { record: { id: objectId, fields: flatFields(data), changedAt: null, isDeleted: false }, readAt: Date.now() }
}

/** How the object that a trigger is about is kept in step. */
function syncOf({ connectors }: SyncDeps, trigger: string): ObjectSync<object> | undefined {
  const [system = '', key] = trigger.split('.')
  const connector = findConnector(system, connectors)
  const triggers = [...(connector?.inbound?.triggers ?? []), ...(connector?.triggers ?? [])]
  const told = triggers.find((one) => one.key === key)?.object
  return connector?.objects.find((object) => object.key === told)?.sync
}
