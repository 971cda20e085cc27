/** What may still be spent, in steps of about ten nanoseconds each. Counted, not timed: the same record always comes out alike. */
export type Budget = { left: number }

/** Some twenty milliseconds. Real mappings of real records need a hundredth. */
export const MOST_WORK = 2_000_000

export const TOO_MUCH_WORK = 'The record holds too much for this rule: shorter texts or fewer steps are needed.'

export const newBudget = (left = MOST_WORK): Budget => ({ left })

/** False where it cannot be paid: then it must not be begun. What costs less may still be done. */
export function pays(budget: Budget, work: number): boolean {
  if (work > budget.left) return false
  budget.left -= work
  return true
}
