import type { Activity, PlatformEvent } from '../flows/platform-event.ts'
import { joinRecordId, splitRecordId } from '../highlevel/record-of-contact.ts'
import { isRefusal } from '../highlevel/refusal.ts'
import { appointmentRecord } from './sides/highlevel-appointment.ts'
import { noteRecord } from './sides/highlevel-note.ts'
import { opportunityRecord } from './sides/highlevel-opportunity.ts'
import { taskRecord } from './sides/highlevel-task.ts'
import type { SyncRecord } from './sides/side.ts'

/** Their records are one contact's: a campaign's event is about a contact's standing in it. */
const OF_CONTACT = ['task', 'note', 'campaign']

/**
 * The event by the id under which its record is linked: that of a task or a note names its contact. A new task's event does not
 * (issue 332), so that one is read at once; rejects when that should be tried again later. So is an appointment, since only
 * reading it tells whether it was deleted.
 */
export async function placedEvent(event: PlatformEvent): Promise<PlatformEvent> {
  if (event.object === 'appointment') return readEvent(event)
  if (!OF_CONTACT.includes(event.object)) return event
  if (event.contactId) return { ...event, recordId: joinRecordId(event.contactId, event.recordId) }
  try {
    const reading = await event.read?.()
    const contactId = reading && 'record' in reading ? reading.record.contactId : null
    if (!reading || !contactId) return event
    return { ...event, contactId, recordId: joinRecordId(contactId, event.recordId), read: async () => reading }
  } catch (error) {
    if (isRefusal(error, 'other_tenant')) return event
    throw error
  }
}

async function readEvent(event: PlatformEvent): Promise<PlatformEvent> {
  try {
    const reading = await event.read?.()
    return reading && 'reason' in reading ? { ...event, isGone: true } : event
  } catch (error) {
    if (isRefusal(error, 'other_tenant')) return event
    throw error
  }
}

/** The trigger of the flows to which the event is a deletion: those that wait for changes of such a record. */
export function changeInsteadOf({ object, trigger, isGone }: PlatformEvent): string | undefined {
  if (isGone) return trigger
  return SYNCED.some((one) => one === object) && trigger === `highlevel.${object}_deleted`
    ? `highlevel.${object}_changed`
    : undefined
}

const SYNCED = ['contact', 'task', 'note', 'opportunity']

/** As its side has it. */
export function activityRecord(recordId: string, activity: Activity): SyncRecord {
  switch (activity.object) {
    case 'task':
      return { ...taskRecord(contactOf(recordId), activity.record), id: recordId }
    case 'note':
      return { ...noteRecord(contactOf(recordId), activity.record), id: recordId }
    case 'appointment':
      return appointmentRecord(activity.record)
    case 'opportunity':
      return opportunityRecord(activity.record)
  }
}

/** Empty where not even the record names it. */
const contactOf = (recordId: string): string => (recordId.includes('/') ? splitRecordId(recordId).contactId : '')
