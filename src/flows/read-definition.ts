import type { FlowDefinition } from '../connectors/flow-definition.ts'
import { AppError } from '../lib/errors.ts'
import { definitionSchema } from './validation/definition-schema.ts'
import { findUnruly } from './validation/find-unruly.ts'

/** A definition that can be kept, finished or not. Throws `invalid_input` with a sentence for each part that has no form. */
export function readDefinition(given: unknown): FlowDefinition {
  const unruly = findUnruly(given)
  if (unruly) throw new AppError('invalid_input', { detail: unruly })
  const parsed = definitionSchema.safeParse(given, { error: () => 'This part of the flow cannot be read.' })
  if (parsed.success) return parsed.data
  const fields = Object.fromEntries(
    parsed.error.issues.map(({ path, message }) => [path.map(String).join('.'), message]),
  )
  throw new AppError('invalid_input', { fields })
}
