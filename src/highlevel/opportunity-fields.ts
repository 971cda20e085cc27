import type { Field } from '../lib/field.ts'
import type { HighLevelApi } from './api.ts'
import { customContactField } from './contact-fields.ts'
import { listCustomFields } from './custom-fields.ts'

/** The account's own fields of opportunities, by the key `customFields.<id>`; they are of the kinds that a contact's are. */
export const listOpportunityFields = async (api: HighLevelApi, locationId: string): Promise<Field[]> =>
  (await listCustomFields(api, locationId, 'opportunity')).map(customContactField)
