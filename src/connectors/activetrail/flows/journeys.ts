import type { ReadyFlow } from '../../connector.ts'
import type { Condition, FlowStep } from '../../flow-definition.ts'
import { toActiveTrail } from './contacts.ts'
import { flow, operation, syncContact, thisPerson } from './steps.ts'

/** Which group is the owner's to say: the row for it is left out, and nothing is done without it. */
const startJourney = operation('start', 'activetrail.start_automation_by_group', thisPerson)
const addToGroup = operation('add', 'activetrail.add_to_group', thisPerson)
const removeFromGroup = operation('remove', 'activetrail.remove_from_group', thisPerson)

/** Met by nothing until the owner has named the values. */
const isOneOf = (field: string): Condition => ({ field, operator: 'is_one_of', value: [] })
const wasAdded: Condition = { field: 'tags', operator: 'was_added', value: [] }

const ready = (
  key: string,
  name: string,
  description: string,
  { trigger, steps, conditions = [] }: { trigger: string; steps: FlowStep[]; conditions?: Condition[] },
): ReadyFlow => ({ key, name, description, isFirst: false, definition: flow(trigger, steps, conditions) })

const STAGE = isOneOf('event.pipelineStageId')

/** What happens in HighLevel puts contacts into ActiveTrail's groups, and starts the journeys that wait there. */
export const journeyFlows: ReadyFlow[] = [
  ready(
    'new_lead_welcome',
    'Welcome new leads',
    'A new contact, from a form, a workflow or the API, is created in ActiveTrail with its tags and joins the group whose journey welcomes it. Choose the group.',
    {
      trigger: 'highlevel.contact_created',
      steps: [{ ...syncContact(toActiveTrail), branches: [{ on: 'succeeded', steps: [startJourney] }] }],
    },
  ),
  ready(
    'tag_to_journey',
    'Start a journey by a tag',
    'When a contact gets one of these tags, by hand or by a workflow, it joins the group that the journey waits for. Choose the tags and the group.',
    { trigger: 'highlevel.contact_tags_changed', steps: [startJourney], conditions: [wasAdded] },
  ),
  ready(
    'campaign_to_group',
    'Campaign status adds to a group',
    'When a contact reaches one of these statuses in a campaign of your account, it joins a group. Choose the statuses and the group.',
    {
      trigger: 'highlevel.campaign_status_changed',
      steps: [addToGroup],
      conditions: [isOneOf('event.status')],
    },
  ),
  ready(
    'campaign_out_of_group',
    'Campaign status removes from a group',
    'When a contact reaches one of these statuses in a campaign of your account, it leaves a group. Choose the statuses and the group.',
    {
      trigger: 'highlevel.campaign_status_changed',
      steps: [removeFromGroup],
      conditions: [isOneOf('event.status')],
    },
  ),
  ready(
    'stage_to_journey',
    'Start a journey by a stage',
    'When an opportunity reaches one of these stages, its contact joins the group that the journey waits for. Choose the stages and the group.',
    { trigger: 'highlevel.opportunity_stage_changed', steps: [startJourney], conditions: [STAGE] },
  ),
  ready(
    'stage_to_group',
    'Keep a stage as a group',
    'When an opportunity reaches one of these stages, its contact joins a group. Choose the stages and the group.',
    { trigger: 'highlevel.opportunity_stage_changed', steps: [addToGroup], conditions: [STAGE] },
  ),
]
