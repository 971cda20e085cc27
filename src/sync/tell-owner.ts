import type { RecordPlan } from './plan/record-plan.ts'

/** What the owner should know, beside what was done. */
export function tellOwner(
  first: string | null | undefined,
  { problems, disputes }: Pick<RecordPlan, 'problems' | 'disputes'>,
  notes: string[] = [],
): string | null {
  const wrong = problems.filter(({ kind }) => kind === 'wrong').map(({ source }) => words(source))
  const kept = problems.filter(({ kind }) => kind === 'not_emptied').map(({ source }) => words(source))
  const left = [
    ...(wrong.length > 0
      ? [`Left out, because it cannot be right: ${[...new Set(wrong)].join(', ')}. Correct it.`]
      : []),
    ...(kept.length > 0 ? [`Kept there, because it cannot be emptied: ${[...new Set(kept)].join(', ')}.`] : []),
  ]
  const asked = disputes.length > 0 ? 'Both sides changed the same field: say which value is right.' : null
  return [first, ...notes, ...left, asked].filter(Boolean).join(' ') || null
}

/** `dateOfBirth` and `first_name` as people say it. */
const words = (field: string): string =>
  field
    .replace(/([A-Z]+|\d+)/g, ' $1')
    .replaceAll('_', ' ')
    .toLowerCase()
