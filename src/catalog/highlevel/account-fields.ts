import { readContactFields } from '../../highlevel/contact-field-source.ts'
import { customId, STANDARD_FIELDS } from '../../highlevel/contact-fields.ts'
import type { Field, FieldValues } from '../../lib/field.ts'
import type { PlatformContext } from '../platform-action.ts'

/** The fields that these values need to be known: the account's own only where one of them is written. */
export const fieldsFor = async (
  { api, locationId }: PlatformContext,
  values: FieldValues,
): Promise<readonly Field[]> =>
  Object.keys(values).some(customId) ? readContactFields(api, locationId) : STANDARD_FIELDS

/** What this account can write, its own fields included. */
export async function listWritable({ api, locationId }: PlatformContext): Promise<Field[]> {
  return (await readContactFields(api, locationId)).filter(({ readOnly }) => !readOnly)
}
