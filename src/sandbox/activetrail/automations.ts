import { Refusal } from './refusal.ts'
import { type Account, type Automation, nextId, timestamp, type World } from './state.ts'

export function getAutomation(account: Account, id: number): Automation {
  const automation = account.automations.find((candidate) => candidate.id === id)
  if (!automation) throw new Refusal('ResourceNotFound')
  return automation
}

export function createAutomation(world: World, account: Account, fields: Partial<Automation>): Automation {
  const automation = {
    name: 'Journey',
    isActive: true,
    groupId: null,
    isRepeatable: false,
    ...fields,
    id: nextId(world),
  }
  account.automations.push(automation)
  world.changed()
  return automation
}

export function activate(world: World, automation: Automation, isActive: boolean): void {
  automation.isActive = isActive
  world.changed()
}

/** Those that wait for somebody to join the group; again only where that is allowed. */
export function startJourneys(world: World, account: Account, groupId: number, contactId: number): void {
  for (const automation of account.automations) {
    if (automation.isActive && automation.groupId === groupId) startJourney(world, account, automation, contactId)
  }
}

export function startJourney(
  world: World,
  account: Account,
  { id, isRepeatable }: Automation,
  contactId: number,
): void {
  const hasBeenIn = account.journeyRuns.some((run) => run.automationId === id && run.contactId === contactId)
  if (hasBeenIn && !isRepeatable) return
  account.journeyRuns.push({ automationId: id, contactId, startedAt: timestamp(world), endedAt: null })
  world.changed()
}

export function endJourney(world: World, account: Account, automationId: number, contactId: number): void {
  const run = account.journeyRuns.find(
    (one) => one.automationId === automationId && one.contactId === contactId && one.endedAt === null,
  )
  if (!run) throw new Error(`The contact ${contactId} is not in the journey ${automationId}.`)
  run.endedAt = timestamp(world)
  world.changed()
}

/** ActiveTrail docs: GET automations; of the properties only those that somebody reads. */
export const automationView = ({ id, name, isActive, groupId, isRepeatable }: Automation) => ({
  id,
  trigger_type_id: groupId === null ? null : 'JoinedGroup', // its real name is not known
  trigger_object_id: groupId,
  details: { name, allow_trigger_multiple_times: isRepeatable },
  activation: { is_active: isActive },
})
