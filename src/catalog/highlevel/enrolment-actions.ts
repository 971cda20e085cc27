import { z } from 'zod'
import type { HighLevelApi } from '../../highlevel/api.ts'
import { type Automation, listCampaigns, listWorkflows } from '../../highlevel/automations.ts'
import {
  addToCampaign,
  addToWorkflow,
  removeFromAllCampaigns,
  removeFromCampaign,
  removeFromWorkflow,
} from '../../highlevel/enrolments.ts'
import type { Field } from '../../lib/field.ts'
import type { AnyPlatformAction, PlatformAction, PlatformContext } from '../platform-action.ts'
import { CONTACT } from './contact-input.ts'
import { given, id, moment, optional } from './inputs.ts'

const WORKFLOW: Field = { key: 'workflowId', label: 'Workflow', type: 'option', required: true }
const CAMPAIGN: Field = { key: 'campaignId', label: 'Campaign', type: 'option', required: true }
const START: Field = { key: 'eventStartTime', label: 'Time of the event that it is about', type: 'datetime' }

/** A draft does nothing with whoever is added to it. */
const chosenFrom = (field: Field, automations: Automation[]): Field => {
  const published = automations.filter(({ isPublished }) => isPublished)
  const optionNames = Object.fromEntries(published.map(({ id, name }) => [id, name]))
  return { ...field, options: published.map((one) => one.id), optionNames }
}

const workflowFields =
  (...others: Field[]) =>
  async ({ api, locationId }: PlatformContext): Promise<Field[]> => [
    CONTACT,
    chosenFrom(WORKFLOW, await listWorkflows(api, locationId)),
    ...others,
  ]

const campaignFields = async ({ api, locationId }: PlatformContext): Promise<Field[]> => [
  CONTACT,
  chosenFrom(CAMPAIGN, await listCampaigns(api, locationId)),
]

const intoWorkflow = z.strictObject({ contactId: id, workflowId: id, eventStartTime: optional(moment) })
const ofWorkflow = z.strictObject({ contactId: id, workflowId: id })
const ofCampaign = z.strictObject({ contactId: id, campaignId: id })
const ofContact = z.strictObject({ contactId: id })

type Whom = { contactId: string }
type Described<Input extends Whom> = Pick<
  PlatformAction<Input>,
  'key' | 'name' | 'description' | 'fields' | 'listFields' | 'input'
>
type Change<Input extends Whom> = (api: HighLevelApi, whom: Input) => Promise<void>

const starts = <Input extends Whom>(described: Described<Input>, start: Change<Input>): PlatformAction<Input> => ({
  ...described,
  object: 'enrolment',
  scope: 'contacts.write',
  repeat: 'once',
  run: async ({ api }, whom) => {
    await start(api, whom)
    return { id: whom.contactId, effect: 'created' }
  },
})

const ends = <Input extends Whom>(described: Described<Input>, end: Change<Input>): PlatformAction<Input> => ({
  ...described,
  object: 'enrolment',
  scope: 'contacts.write',
  repeat: 'repeatable',
  run: async ({ api }, whom) => {
    await end(api, whom)
    return { id: whom.contactId, effect: 'removed' }
  },
})

export const enrolmentActions: AnyPlatformAction[] = [
  starts(
    {
      key: 'add_to_workflow',
      name: 'Add to workflow',
      description: 'Starts the workflow for the contact. A second time starts it a second time.',
      fields: [CONTACT, WORKFLOW, START],
      listFields: workflowFields(START),
      input: intoWorkflow,
    },
    (api, { eventStartTime, ...whom }) => addToWorkflow(api, { ...whom, eventStartTime: given(eventStartTime) }),
  ),
  ends(
    {
      key: 'remove_from_workflow',
      name: 'Remove from workflow',
      description: 'Ends the workflow for the contact, wherever in it the contact is.',
      fields: [CONTACT, WORKFLOW],
      listFields: workflowFields(),
      input: ofWorkflow,
    },
    removeFromWorkflow,
  ),
  starts(
    {
      key: 'add_to_campaign',
      name: 'Add to campaign',
      description: 'Starts the campaign for the contact. A second time starts it a second time.',
      fields: [CONTACT, CAMPAIGN],
      listFields: campaignFields,
      input: ofCampaign,
    },
    addToCampaign,
  ),
  ends(
    {
      key: 'remove_from_campaign',
      name: 'Remove from campaign',
      description: 'Ends the campaign for the contact.',
      fields: [CONTACT, CAMPAIGN],
      listFields: campaignFields,
      input: ofCampaign,
    },
    removeFromCampaign,
  ),
  ends(
    {
      key: 'remove_from_all_campaigns',
      name: 'Remove from all campaigns',
      description: 'Ends every campaign for the contact.',
      fields: [CONTACT],
      input: ofContact,
    },
    (api, { contactId }) => removeFromAllCampaigns(api, contactId),
  ),
]
