import type { FieldValue } from '../../lib/field.ts'

export const hasValue = (value: FieldValue | undefined): boolean =>
  value !== undefined && value !== null && value !== '' && !(Array.isArray(value) && value.length === 0)
