import type { HighLevelApi } from '../../highlevel/api.ts'
import { findOpportunity, type Opportunity } from '../../highlevel/opportunities.ts'
import { listOpportunityFields } from '../../highlevel/opportunity-fields.ts'
import { listPipelines, withPipelines } from '../../highlevel/pipelines.ts'
import { listSameOpportunities } from '../../highlevel/same-opportunity.ts'
import {
  createOpportunity,
  deleteOpportunity,
  OPPORTUNITY_STATUSES,
  setOpportunityStatus,
  updateOpportunity,
} from '../../highlevel/write-opportunity.ts'
import type { Field, FieldValue, FieldValues } from '../../lib/field.ts'
import { activitySide } from './activity-side.ts'
import { asNumber, asText } from './field-value.ts'
import type { Side, SyncRecord } from './side.ts'

export const OPPORTUNITY_FIELDS: readonly Field[] = [
  { key: 'contactId', label: 'Contact', type: 'text', readOnly: true },
  { key: 'name', label: 'Name', type: 'text', required: true },
  { key: 'pipelineId', label: 'Pipeline', type: 'option', required: true },
  { key: 'pipelineStageId', label: 'Stage', type: 'option' },
  { key: 'status', label: 'Status', type: 'option', options: [...OPPORTUNITY_STATUSES] },
  { key: 'monetaryValue', label: 'Value', type: 'number' },
  { key: 'assignedTo', label: 'Assigned to (user id)', type: 'text' },
  { key: 'source', label: 'Source', type: 'text', readOnly: true },
]

/** Opportunities of the platform. What is set aside is abandoned. A new one is open, unless it is said otherwise. */
export const highLevelOpportunitySide = ({ api, locationId }: { api: HighLevelApi; locationId: string }): Side =>
  activitySide({
    name: 'opportunity',
    fields: OPPORTUNITY_FIELDS,
    listFields: async () => [
      ...withPipelines(OPPORTUNITY_FIELDS, await listPipelines(api, locationId)),
      ...(await listOpportunityFields(api, locationId)),
    ],
    erasable: [],
    read: async (id) => {
      const opportunity = await findOpportunity(api, id)
      return opportunity && opportunityRecord(opportunity)
    },
    listSame: async (contactId, { pipelineId, name, status }) => {
      const isOpen = status === undefined ? undefined : status === 'open'
      const wanted = { contactId, pipelineId: asText(pipelineId) ?? '', name: asText(name) ?? '', isOpen }
      return (await listSameOpportunities(api, locationId, wanted)).map(opportunityRecord)
    },
    create: async (contactId, values) => {
      const { pipelineId = '', name = '', status = 'open', ...rest } = inputOf(values)
      return opportunityRecord(
        await createOpportunity(api, { locationId, contactId, pipelineId, name, status, ...rest }),
      )
    },
    update: async (id, values) => opportunityRecord(await updateOpportunity(api, id, inputOf(values))),
    remove: async (id) => {
      await deleteOpportunity(api, id)
    },
    archive: (id) => setOpportunityStatus(api, id, 'abandoned'),
  })

const CUSTOM = 'customFields.'

function inputOf(values: FieldValues) {
  const custom = Object.entries(values).filter(([key]) => key.startsWith(CUSTOM))
  return {
    name: asText(values.name),
    pipelineId: asText(values.pipelineId),
    pipelineStageId: asText(values.pipelineStageId),
    status: OPPORTUNITY_STATUSES.find((status) => status === values.status),
    monetaryValue: asNumber(values.monetaryValue),
    assignedTo: asText(values.assignedTo),
    customFields: custom.length > 0 ? custom.map(writtenField) : undefined,
  }
}

const writtenField = ([key, value]: [string, FieldValue]): { id: string; field_value: string | string[] } => ({
  id: key.slice(CUSTOM.length),
  field_value: Array.isArray(value) ? value : String(value ?? ''),
})

export const opportunityRecord = (opportunity: Opportunity): SyncRecord => ({
  id: opportunity.id,
  fields: {
    contactId: opportunity.contactId,
    name: opportunity.name,
    pipelineId: opportunity.pipelineId,
    pipelineStageId: opportunity.pipelineStageId,
    status: opportunity.status,
    monetaryValue: opportunity.monetaryValue,
    assignedTo: opportunity.assignedTo || null,
    source: opportunity.source || null,
    ...Object.fromEntries(opportunity.customFields.flatMap(({ id, value }) => withValue(`${CUSTOM}${id}`, value))),
  },
  changedAt: opportunity.updatedAt ? Date.parse(opportunity.updatedAt) || null : null,
  isDeleted: false,
})

/** Files and other things that no field of ours can hold are not told. */
function withValue(key: string, value: unknown): [string, FieldValue][] {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return [[key, value]]
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return [[key, value]]
  return []
}
