import type { MappingSource } from '../../connectors/flow-definition.ts'
import type { FieldValue, FieldValues } from '../../lib/field.ts'
import type { Around } from '../around.ts'
import { type Budget, pays, TOO_MUCH_WORK } from '../transforms/budget.ts'
import type { Outcome } from '../transforms/outcome.ts'
import { spell } from '../transforms/spell.ts'
import { isBlank } from './is-blank.ts'
import { parseTemplate } from './parse-template.ts'
import { renderTemplate } from './render-template.ts'
import { workOfRendering, workOfSource } from './work-of-row.ts'

/**
 * What a row starts from. Undefined: absent, so that nothing can be said. That is a field that is absent; several of which one
 * of the record's is absent, or all are; a template that reads fields of which all are absent. What an event or a step's result
 * does not tell counts as empty beside what it tells. What the budget does not pay for is a problem.
 */
export function readSource(
  source: MappingSource,
  sources: FieldValues,
  around: Around,
  budget: Budget,
): Outcome | undefined {
  if (!pays(budget, workOfSource(source, sources))) return { problem: TOO_MUCH_WORK }
  switch (source.kind) {
    case 'field':
      return isThere(source.field, sources) ? { value: heldIn(source.field, sources) } : undefined
    case 'fields':
      return readFields(source, sources)
    case 'constant':
      return { value: source.value }
    case 'template':
      return readTemplate(source.template, sources, around, budget)
  }
}

function readFields(
  { fields, separator }: { fields: string[]; separator: string },
  sources: FieldValues,
): Outcome | undefined {
  const absent = fields.filter((field) => !isThere(field, sources))
  if (absent.length === fields.length || absent.some(isOfRecord)) return undefined
  const values = fields.map((field) => heldIn(field, sources)).filter((value) => !isBlank(value))
  return { value: values.map((value) => spell(value).trim()).join(separator) }
}

function readTemplate(template: string, sources: FieldValues, around: Around, budget: Budget): Outcome | undefined {
  const parsed = parseTemplate(template)
  if ('problem' in parsed) return parsed
  const { fields } = parsed
  if (fields.length > 0 && !fields.some((field) => isThere(field, sources))) return undefined
  if (!pays(budget, workOfRendering(template, fields, sources))) return { problem: TOO_MUCH_WORK }
  return renderTemplate(template, sources, around, budget)
}

/** A record that was read says of each of its fields what is in it; one field less was not read. */
const isOfRecord = (field: string): boolean => !/^(event|steps)\./.test(field)

const isThere = (field: string, sources: FieldValues): boolean =>
  Object.hasOwn(sources, field) && sources[field] !== undefined

const heldIn = (field: string, sources: FieldValues): FieldValue =>
  Object.hasOwn(sources, field) ? (sources[field] ?? null) : null
