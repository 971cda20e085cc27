import type { FieldValue } from '../lib/field.ts'

/** One step a value goes through on its way. What each takes and gives stands with its function in flows/transforms. */
export type Transform =
  | { kind: 'trim' }
  | { kind: 'collapse_spaces' }
  | { kind: 'case'; to: 'lower' | 'upper' | 'title' | 'sentence' }
  | { kind: 'first_name' }
  | { kind: 'last_name' }
  | { kind: 'replace'; find: string; with: string }
  | { kind: 'default'; value: FieldValue }
  | { kind: 'lookup'; entries: { from: string; to: FieldValue }[]; otherwise: 'keep' | 'blank' }
  | { kind: 'number'; decimal: '.' | ','; places: number | null }
  | { kind: 'boolean'; yes: string[]; no: string[] }
  | { kind: 'date'; from: string; to: string; zone: string | null }
  | { kind: 'phone'; country: string | null; form: 'e164' | 'national' | 'international' }
  | { kind: 'split'; separator: string }
  | { kind: 'join'; separator: string }
  | { kind: 'pick'; index: number }
  | { kind: 'tags'; only: string[]; except: string[]; prefix: string }
  | { kind: 'truncate'; length: number }
  | {
      kind: 'when'
      operator: 'is' | 'contains' | 'is_empty' | 'is_filled'
      value: FieldValue
      then: FieldValue
      otherwise: FieldValue | undefined
    }
