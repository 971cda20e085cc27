import type { FieldType } from '../lib/field.ts'
import type { CatalogueKey } from './field-catalogue-store.ts'
import type { FieldChange } from './field-changes.ts'
import type { StoredWarning } from './warning-store.ts'

export function warningOf(
  flowId: string,
  { side, object }: CatalogueKey,
  change: FieldChange,
  at: number,
): StoredWarning {
  const { kind, field, ...details } = change
  return { flowId, kind, side, object, field, details, since: new Date(at) }
}

/** Undefined for a warning about something else than a field. */
export function changeOf({ kind, field, details }: StoredWarning): FieldChange | undefined {
  const named = { field, label: String(details.label) }
  switch (kind) {
    case 'removed':
    case 'read_only':
      return { ...named, kind }
    case 'renamed':
      return { ...named, kind, to: String(details.to) }
    case 'retyped':
      return { ...named, kind, from: details.from as FieldType, to: details.to as FieldType }
    case 'options_lost':
      return { ...named, kind, options: Array.isArray(details.options) ? details.options : [] }
    case 'drift':
      return undefined
  }
}

/** What became of a field of which something like it had been told before: since the first of these. */
export function merged(earlier: StoredWarning | undefined, change: FieldChange): FieldChange {
  const first = earlier && changeOf(earlier)
  if (!first || first.kind !== change.kind) return change
  const since = { ...change, label: first.label }
  if (since.kind === 'retyped' && first.kind === 'retyped') return { ...since, from: first.from }
  if (since.kind === 'options_lost' && first.kind === 'options_lost') {
    return { ...since, options: [...new Set([...first.options, ...since.options])] }
  }
  return since
}
