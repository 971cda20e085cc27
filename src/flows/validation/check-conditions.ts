import type { Condition, ConditionGroup } from '../../connectors/flow-definition.ts'
import type { FieldValue } from '../../lib/field.ts'
import { OPERATOR_TYPES } from '../conditions/operator-types.ts'
import { isBlank } from '../mapping/is-blank.ts'
import { textKey } from '../mapping/text-key.ts'
import { LONGEST_SEARCH } from '../transforms/limits.ts'
import { readIso } from '../transforms/read-iso.ts'
import { readNumber } from '../transforms/read-number.ts'
import { spell } from '../transforms/spell.ts'
import type { Finding } from './finding.ts'
import { TYPE_NAMES } from './fits.ts'
import type { Readable } from './readable-fields.ts'

const DEEPEST = 5
const MOST = 100

/** Each condition asks something sensible of a field that there is. */
export function checkConditions(group: ConditionGroup | null, readable: Readable): Finding[] {
  if (group === null) return []
  const all = flatten(group, 'conditions', 1)
  if (all.some(({ depth }) => depth > DEEPEST)) {
    return [{ path: 'conditions', sentence: `Groups of conditions are nested at most ${DEEPEST} deep.` }]
  }
  if (all.length > MOST) return [{ path: 'conditions', sentence: `A flow has at most ${MOST} conditions.` }]
  return all.flatMap(({ condition, path }) => checkCondition(condition, path, readable))
}

type Placed = { condition: Condition; path: string; depth: number }

const flatten = (group: ConditionGroup, path: string, depth: number): Placed[] =>
  group.conditions.flatMap((part, index) => {
    const at = `${path}.conditions.${index}`
    return 'match' in part ? flatten(part, at, depth + 1) : [{ condition: part, path: at, depth }]
  })

function checkCondition(condition: Condition, path: string, readable: Readable): Finding[] {
  const field = readable.get(condition.field)
  if (!field) return [{ path: `${path}.field`, sentence: `There is no field “${condition.field}” here.` }]
  const rule = OPERATOR_TYPES[condition.operator]
  if (!rule.takes.includes(field.type)) {
    const sentence = `“${field.label}” is ${TYPE_NAMES[field.type]}: that cannot be asked of it.`
    return [{ path: `${path}.operator`, sentence }]
  }
  const fault = valueFault(condition.value, rule) ?? optionFault(condition, field)
  return fault ? [{ path: `${path}.value`, sentence: fault }] : []
}

function valueFault(
  value: FieldValue,
  { value: wanted, isOptional }: (typeof OPERATOR_TYPES)['is'],
): string | undefined {
  if (wanted === 'none') return undefined
  if (isBlank(value)) return isOptional ? undefined : 'Say what it is compared with.'
  if (wanted === 'number') return isNumber(value) ? undefined : 'It is compared with a number.'
  if (wanted === 'moment') return isMoment(value) ? undefined : 'It is compared with a date, such as 2026-05-31.'
  if (wanted === 'single' && spell(value).length > LONGEST_SEARCH) {
    return `It is compared with at most ${LONGEST_SEARCH} characters.`
  }
  return undefined
}

const isNumber = (value: FieldValue): boolean => 'value' in readNumber(value, { decimal: '.', places: null })

const isMoment = (value: FieldValue): boolean => typeof value === 'string' && readIso(value, 'utc') !== undefined

const BY_NAME = ['is', 'is_not', 'is_one_of', 'is_none_of', 'has_any_of', 'has_all_of', 'has_none_of']

function optionFault(
  { operator, value }: Condition,
  { label, options }: { label: string; options?: string[] },
): string | undefined {
  if (!options || !BY_NAME.includes(operator)) return undefined
  const known = new Set(options.map(textKey))
  const unknown = (Array.isArray(value) ? value : [spell(value)]).find((entry) => !known.has(textKey(entry)))
  return unknown === undefined ? undefined : `“${unknown}” is not one of the options of “${label}”.`
}
