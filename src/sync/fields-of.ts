import type { ObjectType } from '../connectors/connector.ts'
import type { Field } from '../lib/field.ts'
import type { Fields, SideName } from './plan/record-plan.ts'
import { platformFields } from './sides/platform-side.ts'

const byKey = (fields: readonly Field[]): Fields => new Map(fields.map((field) => [field.key, field]))

/** The types of an object's fields on both sides, as far as every account has them. What is not among them counts as text. */
export const fieldsOf = (object: ObjectType<object>): Record<SideName, Fields> => ({
  partner: byKey(object.fields ?? []),
  highlevel: byKey(platformFields(object.key)),
})
