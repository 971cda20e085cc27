import type { Transform } from '../../connectors/transform.ts'
import type { FieldValue } from '../../lib/field.ts'
import type { Around } from '../around.ts'
import { isBlank } from '../mapping/is-blank.ts'
import { newBudget, pays, TOO_MUCH_WORK } from './budget.ts'
import { changeCase } from './change-case.ts'
import { changeDate } from './change-date.ts'
import { changePhone } from './change-phone.ts'
import { chooseWhen } from './choose-when.ts'
import { findExcess } from './limits.ts'
import { joinList, pickEntry, splitText } from './lists.ts'
import { lookUp } from './look-up.ts'
import { multiply } from './multiply.ts'
import type { Outcome } from './outcome.ts'
import { pickTags } from './pick-tags.ts'
import { plainText } from './plain-text.ts'
import { readBoolean } from './read-boolean.ts'
import { readNumber } from './read-number.ts'
import { replaceText } from './replace-text.ts'
import { shiftDate } from './shift-date.ts'
import { collapseSpaces, trimText } from './spaces.ts'
import { firstName, lastName } from './split-name.ts'
import { truncateText } from './truncate-text.ts'
import { workOfStep } from './work-of-step.ts'

/**
 * The value after all transforms, in their order; the first that cannot go on, or that is more than the budget pays for, ends it
 * with its sentence. Never throws.
 */
export function transformValue(
  value: FieldValue,
  transforms: readonly Transform[],
  around: Around,
  budget = newBudget(),
): Outcome {
  let outcome: Outcome = { value }
  for (const transform of transforms) {
    if ('problem' in outcome) return outcome
    outcome = applyTransform(outcome.value, transform, around, budget)
  }
  return outcome
}

/** One step of it. */
export function applyTransform(value: FieldValue, transform: Transform, around: Around, budget = newBudget()): Outcome {
  const excess = findExcess(value)
  if (excess) return { problem: excess }
  return pays(budget, workOfStep(transform, value)) ? apply(value, transform, around) : { problem: TOO_MUCH_WORK }
}

function apply(value: FieldValue, transform: Transform, around: Around): Outcome {
  switch (transform.kind) {
    case 'trim':
      return trimText(value)
    case 'collapse_spaces':
      return collapseSpaces(value)
    case 'case':
      return changeCase(value, transform.to, around)
    case 'first_name':
      return firstName(value)
    case 'last_name':
      return lastName(value)
    case 'plain_text':
      return plainText(value)
    case 'replace':
      return replaceText(value, transform)
    case 'default':
      return { value: isBlank(value) ? transform.value : value }
    case 'lookup':
      return lookUp(value, transform)
    case 'number':
      return readNumber(value, transform)
    case 'multiply':
      return multiply(value, transform)
    case 'boolean':
      return readBoolean(value, transform)
    case 'date':
      return changeDate(value, transform, around)
    case 'shift_date':
      return shiftDate(value, transform, around)
    case 'phone':
      return changePhone(value, transform, around)
    case 'split':
      return splitText(value, transform.separator)
    case 'join':
      return joinList(value, transform.separator)
    case 'pick':
      return pickEntry(value, transform.index)
    case 'tags':
      return pickTags(value, transform)
    case 'truncate':
      return truncateText(value, transform.length)
    case 'when':
      return chooseWhen(value, transform)
  }
}
