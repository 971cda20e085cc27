import type { Field, FieldType } from '../lib/field.ts'

/** What became of a field since it was read before. Labels and options are names that the account gave. */
export type FieldChange = { field: string; label: string } & (
  | { kind: 'removed' }
  | { kind: 'read_only' }
  | { kind: 'renamed'; to: string }
  | { kind: 'retyped'; from: FieldType; to: FieldType }
  | { kind: 'options_lost'; options: string[] }
)

/** What whoever uses these fields has to know. What is new, or can do more than before, is no trouble. */
export function fieldChanges(before: readonly Field[], after: readonly Field[]): FieldChange[] {
  const now = new Map(after.map((field) => [field.key, field]))
  return before.flatMap((field) => changesOf(field, now.get(field.key)))
}

function changesOf(before: Field, after: Field | undefined): FieldChange[] {
  const named = { field: before.key, label: before.label }
  if (!after) return [{ ...named, kind: 'removed' }]
  const options = lostOptions(before, after)
  return [
    ...(after.readOnly && !before.readOnly ? [{ ...named, kind: 'read_only' } as const] : []),
    ...(after.label !== before.label ? [{ ...named, kind: 'renamed', to: after.label } as const] : []),
    ...(after.type !== before.type
      ? [{ ...named, kind: 'retyped', from: before.type, to: after.type } as const]
      : options.length > 0
        ? [{ ...named, kind: 'options_lost', options } as const]
        : []),
  ]
}

/** Where anything may stand, nothing is lost. */
const lostOptions = (before: Field, after: Field): string[] =>
  after.options === undefined ? [] : (before.options ?? []).filter((option) => !after.options?.includes(option))

/** Whether what was once told of a field is not so any more. */
export function isRightAgain(change: FieldChange, now: Field | undefined): boolean {
  if (!now) return false
  switch (change.kind) {
    case 'removed':
      return true
    case 'read_only':
      return !now.readOnly
    case 'renamed':
      return now.label === change.label
    case 'retyped':
      return now.type === change.from
    case 'options_lost':
      return now.options === undefined || change.options.every((option) => now.options?.includes(option))
  }
}
