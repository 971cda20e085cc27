import type { Condition, ConditionGroup } from '../../connectors/flow-definition.ts'
import type { FieldValues } from '../../lib/field.ts'
import type { Around } from '../around.ts'
import { OPERATOR_TESTS } from './operator-tests.ts'

export type ConditionAround = Around & {
  /** Milliseconds. */
  now: number
  /**
   * The record at the last event. Left out, or a field of it absent: not known, so that nothing was added to it or removed
   * from it and it has not changed. Of a record that is new its lists are [] and all else is null.
   */
  before?: FieldValues
}

/**
 * Whether a record is one that a flow is for. A field that is absent counts as empty; null and a group without conditions are
 * met by all; a condition that names nothing to compare with is not, unless it is a denial. Texts are compared without capitals and spaces around them. A group that is nested deeper than any that can be
 * saved is not met. Never throws.
 */
export const meets = (group: ConditionGroup | null, facts: FieldValues, around: ConditionAround): boolean =>
  group === null || meetsGroup(group, facts, around, 0)

const DEEPEST = 20

function meetsGroup(
  { match, conditions }: ConditionGroup,
  facts: FieldValues,
  around: ConditionAround,
  depth: number,
): boolean {
  if (depth > DEEPEST) return false
  if (conditions.length === 0) return true
  const isMet = (part: Condition | ConditionGroup): boolean =>
    'match' in part ? meetsGroup(part, facts, around, depth + 1) : meetsCondition(part, facts, around)
  return match === 'and' ? conditions.every(isMet) : conditions.some(isMet)
}

function meetsCondition({ field, operator, value }: Condition, facts: FieldValues, around: ConditionAround): boolean {
  if (!Object.hasOwn(OPERATOR_TESTS, operator)) return false
  const known = Object.hasOwn(facts, field) ? facts[field] : undefined
  const before = around.before && Object.hasOwn(around.before, field) ? around.before[field] : undefined
  const since = known === undefined || before === undefined ? undefined : { before }
  return OPERATOR_TESTS[operator]({ fact: known ?? null, wanted: value, since, around })
}
