import type { MappingSource } from '../../connectors/flow-definition.ts'
import type { Field, FieldValue, FieldValues } from '../../lib/field.ts'
import { sizeOf } from '../transforms/work-of-step.ts'

const PER_READ = 4
const PER_PIECE = 1_000
const PER_MARKED = 20

/** What reading a row's source costs, in the units of a budget; a template beyond that for what it reads and does. */
export function workOfSource(source: MappingSource, sources: FieldValues): number {
  if (source.kind === 'constant') return sizeOf(source.value)
  if (source.kind === 'template') return workOfTemplate(source.template)
  const fields = source.kind === 'field' ? [source.field] : source.fields
  return fields.reduce((sum, field) => sum + PER_READ * sizeOf(heldIn(field, sources)), 0)
}

/** Making a template ready, which is not always needed: by what it has in braces. */
export const workOfTemplate = (template: string): number =>
  template.includes('{') ? PER_PIECE * countPieces(template) + PER_MARKED * template.length : template.length

/** Every piece may look at all that is read, if only to compare it. */
export function workOfRendering(template: string, fields: readonly string[], sources: FieldValues): number {
  const read = fields.reduce((sum, field) => sum + sizeOf(heldIn(field, sources)), 0)
  return Math.ceil((read * (10 + countPieces(template))) / 10)
}

/** Fields, conditions, filters and what is compared. May count words of its text as well. */
const countPieces = (template: string): number =>
  template.match(/\{[{%]|\||[=<>!]=?|\b(?:and|or|not|contains)\b/g)?.length ?? 0

const PER_OPTION = 150

/** What bringing a value to a field's type costs. */
export const workOfFitting = (value: FieldValue, field: Field | undefined): number =>
  sizeOf(value) * (field && KEYED.has(field.type) ? 20 : 3) +
  (field?.options?.length ?? 0) * PER_OPTION +
  (field && DATED.has(field.type) ? 5_000 : 100)

const KEYED = new Set(['option', 'list', 'boolean'])
const DATED = new Set(['date', 'datetime'])

const heldIn = (field: string, sources: FieldValues): FieldValue =>
  Object.hasOwn(sources, field) ? (sources[field] ?? null) : null
