import type { MappingRow } from '../../connectors/flow-definition.ts'
import type { Field, FieldType } from '../../lib/field.ts'
import { coerceValue } from '../mapping/coerce-value.ts'
import { parseTemplate } from '../mapping/parse-template.ts'
import { sourcesOf } from '../mapping/sources-of.ts'
import { workOfTemplate } from '../mapping/work-of-row.ts'
import { type Budget, pays } from '../transforms/budget.ts'
import { typeAfter, typeOfValue } from '../transforms/transform-types.ts'
import { transformValue } from '../transforms/transform-value.ts'
import type { Finding } from './finding.ts'
import { fitOf, TYPE_NAMES } from './fits.ts'
import type { Readable } from './readable-fields.ts'

export type RowFindings = { problems: Finding[]; hints: Finding[] }

/** One rule of a mapping: its target can be written, what it reads is known, and the one fits the other. */
export function checkRow(
  row: MappingRow,
  path: string,
  target: Field | undefined,
  { readable, budget }: { readable: Readable; budget: Budget },
): RowFindings {
  const isTooMuch = row.source.kind === 'template' && !pays(budget, workOfTemplate(row.source.template))
  if (isTooMuch) return { problems: [{ path: `${path}.source`, sentence: TOO_MUCH_IN_TEMPLATES }], hints: [] }
  const problems = [...targetProblems(row, path, target), ...sourceProblems(row, path, readable)]
  if (problems.length > 0 || !target) return { problems, hints: [] }
  if (row.source.kind === 'constant') return checkConstant(row, path, target, budget)
  return checkTypes(row, path, target, readable)
}

const TOO_MUCH_IN_TEMPLATES = 'The templates of this flow do too much together: shorter or fewer ones are needed.'

function targetProblems(row: MappingRow, path: string, target: Field | undefined): Finding[] {
  const at = `${path}.target`
  if (!target) return [{ path: at, sentence: `There is no field “${row.target}” to be set.` }]
  return target.readOnly ? [{ path: at, sentence: `“${target.label}” can be read only, not set.` }] : []
}

function sourceProblems({ source }: MappingRow, path: string, readable: Readable): Finding[] {
  const at = `${path}.source`
  const parsed = source.kind === 'template' ? parseTemplate(source.template) : undefined
  if (parsed && 'problem' in parsed) return [{ path: at, sentence: parsed.problem }]
  return sourcesOf({ source })
    .filter((field) => !readable.has(field))
    .map((field) => ({ path: at, sentence: `There is no field “${field}” to be read here.` }))
}

const NOWHERE = { zone: 'utc', country: '' }

/** What never changes can be tried. Numbers of phones wait for the account's country. */
function checkConstant({ source, transforms }: MappingRow, path: string, target: Field, budget: Budget): RowFindings {
  if (source.kind !== 'constant' || target.type === 'phone' || transforms.some(({ kind }) => kind === 'phone'))
    return NOTHING
  const outcome = transformValue(source.value, transforms, NOWHERE, budget)
  const fitted = 'problem' in outcome ? outcome : coerceValue(outcome.value, target, NOWHERE)
  return 'problem' in fitted ? { problems: [{ path: `${path}.source`, sentence: fitted.problem }], hints: [] } : NOTHING
}

const NOTHING: RowFindings = { problems: [], hints: [] }

function checkTypes(row: MappingRow, path: string, target: Field, readable: Readable): RowFindings {
  const after = typeAfter(typeOfSource(row, readable), row.transforms)
  if ('refused' in after) return { problems: [refusedStep(row, path, after)], hints: [] }
  const { type } = after
  const fit = type === undefined ? 'perhaps' : fitOf(type, target.type)
  if (fit === 'never' && type) return { problems: [misfit(path, type, target)], hints: [] }
  return fit === 'perhaps' ? { problems: [], hints: [doubt(path, target)] } : NOTHING
}

function typeOfSource({ source }: MappingRow, readable: Readable): FieldType | undefined {
  if (source.kind === 'field') return readable.get(source.field)?.type
  return source.kind === 'constant' ? typeOfValue(source.value) : 'text'
}

function refusedStep(row: MappingRow, path: string, after: { refused: string; type: FieldType }): Finding {
  const index = row.transforms.findIndex(({ kind }) => kind === after.refused)
  const sentence = `The step “${after.refused.replaceAll('_', ' ')}” cannot be done with ${TYPE_NAMES[after.type]}.`
  return { path: `${path}.transforms.${index}`, sentence }
}

const misfit = (path: string, type: FieldType, target: Field): Finding => ({
  path: `${path}.source`,
  sentence: `“${target.label}” holds ${TYPE_NAMES[target.type]}, and this is ${TYPE_NAMES[type]}.`,
})

const doubt = (path: string, target: Field): Finding => ({
  path: `${path}.source`,
  sentence: `“${target.label}” holds ${TYPE_NAMES[target.type]}: where the value is none, the field is left alone.`,
})
