import { z } from 'zod'
import type { Field, FieldType } from '../lib/field.ts'
import type { HighLevelApi } from './api.ts'
import { readAnswer } from './read-answer.ts'

const text = z.string().nullish().catch(null)

const fieldsAnswer = z.object({
  customFields: z.array(
    z.object({
      id: z.string().min(1),
      name: text,
      dataType: text,
      picklistOptions: z.array(z.unknown()).nullish().catch(null),
    }),
  ),
})

/** The account's own fields of opportunities, by the key `customFields.<id>` (HighLevel docs: Get Custom Fields). */
export async function listOpportunityFields(api: HighLevelApi, locationId: string): Promise<Field[]> {
  const path = `/locations/${encodeURIComponent(locationId)}/customFields`
  const call = { method: 'GET', path, version: '2021-07-28', query: { model: 'opportunity' } } as const
  const answer = await api({ ...call, scope: 'locations/customFields.readonly' })
  return readAnswer(fieldsAnswer, answer).customFields.map(({ id, name, dataType, picklistOptions }): Field => {
    const options = (picklistOptions ?? []).filter((one) => typeof one === 'string')
    const type = TYPES[dataType ?? ''] ?? 'text'
    const field = { key: `customFields.${id}`, label: name ?? id, type }
    return UNWRITABLE.includes(dataType ?? '')
      ? { ...field, readOnly: true }
      : { ...field, ...(options.length > 0 && { options }) }
  })
}

const TYPES: Record<string, FieldType> = {
  NUMERICAL: 'number',
  MONETORY: 'number', // spelt so by the platform
  PHONE: 'phone',
  DATE: 'date',
  SINGLE_OPTIONS: 'option',
  RADIO: 'option',
  MULTIPLE_OPTIONS: 'list',
  CHECKBOX: 'list',
}

/** They hold files, or a text for each of several names: shapes that no field of ours has. */
const UNWRITABLE = ['FILE_UPLOAD', 'SIGNATURE', 'TEXTBOX_LIST']
