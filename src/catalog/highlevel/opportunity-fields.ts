import { listPipelines, withPipelines } from '../../highlevel/pipelines.ts'
import { OPPORTUNITY_STATUSES } from '../../highlevel/write-opportunity.ts'
import type { Field } from '../../lib/field.ts'
import type { PlatformContext } from '../platform-action.ts'
import { oneOf } from './inputs.ts'

export const OPPORTUNITY: Field = { key: 'opportunityId', label: 'Opportunity', type: 'text', required: true }
export const CONTACT: Field = { key: 'contactId', label: 'Contact', type: 'text', required: true }
export const NAME: Field = { key: 'name', label: 'Name', type: 'text' }
export const PIPELINE: Field = { key: 'pipelineId', label: 'Pipeline', type: 'option' }
export const STAGE: Field = { key: 'pipelineStageId', label: 'Stage', type: 'option' }
export const STATUS: Field = { key: 'status', label: 'Status', type: 'option', options: [...OPPORTUNITY_STATUSES] }
export const DETAILS: Field[] = [
  { key: 'monetaryValue', label: 'Value', type: 'number' },
  { key: 'assignedTo', label: 'Assigned to (user id)', type: 'text' },
]

/** With the account's pipelines and stages to choose from. */
export const withItsPipelines =
  (fields: readonly Field[]) =>
  async ({ api, locationId }: PlatformContext): Promise<Field[]> =>
    withPipelines(fields, await listPipelines(api, locationId))

export const status = oneOf(OPPORTUNITY_STATUSES)
