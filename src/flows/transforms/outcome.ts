import type { FieldValue } from '../../lib/field.ts'

/** What a step makes of a value, or one sentence for the owner why it cannot. */
export type Outcome = { value: FieldValue } | { problem: string }
