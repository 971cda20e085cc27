/** What a field may hold. The names are those of the field's editor as well. */
export type FieldType =
  | 'text'
  | 'number'
  | 'boolean'
  | 'date' // a day: YYYY-MM-DD
  | 'datetime' // a moment: ISO 8601 with an offset
  | 'phone'
  | 'email'
  | 'option' // one of the options
  | 'list' // several texts, each once

/** A value as both sides' records hold it. Null: known to be empty. A field that is absent says nothing. */
export type FieldValue = string | number | boolean | string[] | null

/** By the field's key. */
export type FieldValues = Record<string, FieldValue>

/** A field of a record, or of what an operation takes or an event tells. */
export type Field = {
  /** The property's name on the wire. */
  key: string
  label: string
  type: FieldType
  /** It can be read and never written. */
  readOnly?: boolean
  /** It has to be there for the record to be made, or the operation to be run. */
  required?: boolean
  /** What an option or list may hold; absent where anything may. */
  options?: string[]
  /** What people call an option, by the option, where it is an id. */
  optionNames?: Record<string, string>
}
