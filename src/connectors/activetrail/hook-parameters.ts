/**
 * What we have ActiveTrail send along with each call, since what it sends by itself is not documented. The place (a header)
 * and the constant are the documented sample of `POST /webhooks`; that a column is asked for by `user_field` is documented,
 * but not under which `event_value_type`, and not that the contact's id is such a column. These two are inferred.
 */
export const KEY_HEADER = 'x-causeway-key'
export const CONTACT_HEADER = 'x-causeway-contact'

const INFERRED = { valueTypeOfColumn: 'user_field', columnOfId: 'id' }

export const hookParameters = (key: string): object[] => [
  { key: KEY_HEADER, value: key, event_value_type: 'custom_text', event_parameter_type: 'header' },
  {
    key: CONTACT_HEADER,
    event_value_type: INFERRED.valueTypeOfColumn,
    user_field: INFERRED.columnOfId,
    event_parameter_type: 'header',
  },
]
