import { z } from 'zod'
import type { HighLevelApi } from './api.ts'
import { readAnswer, readWritten } from './read-answer.ts'

/** A field that the account made for its contacts or opportunities. */
export type CustomField = {
  id: string
  name: string
  /** TEXT, NUMERICAL, … (HighLevel docs: Custom Fields); a kind that is new there may come. */
  dataType: string
  options: string[]
}

const field = z.object({
  id: z.string().regex(/^[\w-]{1,64}$/),
  name: z.string().nullish().catch(null),
  dataType: z.string().nullish().catch(null),
  picklistOptions: z.array(z.string().catch('')).nullish().catch(null),
})

const listAnswer = z.object({ customFields: z.array(field) })
const oneAnswer = z.object({ customField: field })

/** Those of contacts, or of opportunities (HighLevel docs: Get Custom Fields). */
export async function listCustomFields(
  api: HighLevelApi,
  locationId: string,
  model: 'contact' | 'opportunity' = 'contact',
): Promise<CustomField[]> {
  const request = { method: 'GET', path: pathOf(locationId), version: '2021-07-28' } as const
  const answer = await api({ ...request, scope: 'locations/customFields.readonly', query: { model } })
  return readAnswer(listAnswer, answer).customFields.map(readField)
}

/** Kinds that can be made with no more than a name. */
export const SIMPLE_DATA_TYPES = ['TEXT', 'LARGE_TEXT', 'NUMERICAL', 'PHONE', 'MONETORY', 'DATE'] as const

/** A second one of the same name is another field (HighLevel docs: Create Custom Field). */
export async function createCustomField(
  api: HighLevelApi,
  locationId: string,
  { name, dataType }: { name: string; dataType: (typeof SIMPLE_DATA_TYPES)[number] },
): Promise<CustomField> {
  const request = { method: 'POST', path: pathOf(locationId), version: '2021-07-28' } as const
  const body = { name, dataType, model: 'contact' }
  const answer = await api({ ...request, scope: 'locations/customFields.write', body })
  return readField(readWritten(oneAnswer, answer).customField)
}

const pathOf = (locationId: string): string => `/locations/${encodeURIComponent(locationId)}/customFields`

const readField = ({ id, name, dataType, picklistOptions }: z.infer<typeof field>): CustomField => ({
  id,
  name: name ?? id,
  dataType: dataType ?? '',
  options: (picklistOptions ?? []).filter(Boolean),
})
