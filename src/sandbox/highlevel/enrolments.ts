import { campaignsOf, workflowsOf } from './automations.ts'
import type { Contact, Enrolment } from './data.ts'
import { badRequest } from './refusal.ts'
import type { World } from './world.ts'

type Kind = Enrolment['kind']

/** Each call starts it anew, as the automation would for a contact that is added a second time. */
export function enrol(
  world: World,
  contact: Contact,
  { kind, automationId, eventStartTime }: { kind: Kind; automationId: string; eventStartTime?: string },
): void {
  checkThere(contact.locationId, kind, automationId)
  const startedAt = new Date(world.now()).toISOString()
  world.data.enrolments.push({
    contactId: contact.id,
    kind,
    automationId,
    startedAt,
    endedAt: null,
    ...(eventStartTime !== undefined && { eventStartTime }),
  })
  world.changed()
}

/** Also when it is not in it. `null`: everything of this kind. */
export function endEnrolments(world: World, contact: Contact, kind: Kind, automationId: string | null): void {
  if (automationId !== null) checkThere(contact.locationId, kind, automationId)
  for (const one of world.data.enrolments) {
    const isMeant = one.contactId === contact.id && one.kind === kind
    if (isMeant && (automationId === null || one.automationId === automationId)) {
      one.endedAt ??= new Date(world.now()).toISOString()
    }
  }
  world.changed()
}

/** Inferred, in the words that it uses for contacts: no document says what an unknown one is answered. */
function checkThere(locationId: string, kind: Kind, id: string): void {
  const there = kind === 'workflow' ? workflowsOf(locationId) : campaignsOf(locationId)
  if (!there.some((one) => one.id === id)) {
    throw badRequest(`${kind === 'workflow' ? 'Workflow' : 'Campaign'} with id ${id} not found`)
  }
}
