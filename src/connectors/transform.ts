import type { FieldValue } from '../lib/field.ts'

/**
 * One step a value goes through on its way. What each takes and gives stands with its function in flows/transforms, and as a
 * table in flows/transforms/transform-types.ts.
 */
export type Transform =
  | { kind: 'trim' }
  | { kind: 'collapse_spaces' }
  | { kind: 'case'; to: 'lower' | 'upper' | 'title' | 'sentence' }
  | { kind: 'first_name' }
  | { kind: 'last_name' }
  /** Without the tags of HTML. */
  | { kind: 'plain_text' }
  | { kind: 'replace'; find: string; with: string }
  | { kind: 'default'; value: FieldValue }
  | { kind: 'lookup'; entries: { from: string; to: FieldValue }[]; otherwise: 'keep' | 'blank' }
  | { kind: 'number'; decimal: '.' | ','; places: number | null }
  | { kind: 'multiply'; by: number; places: number | null }
  /** Both lists empty: the usual words. */
  | { kind: 'boolean'; yes: string[]; no: string[] }
  /**
   * `from`: `iso`, `seconds` or `milliseconds` since 1970, or a pattern (`dd.MM.yyyy`). `to`: `date`, `datetime`, or a pattern.
   * `zone`: of a moment that says none, and of what comes out; null for the account's.
   */
  | { kind: 'date'; from: string; to: string; zone: string | null }
  | { kind: 'shift_date'; amount: number; unit: 'days' | 'hours' | 'minutes' }
  /** `country`: of a number that says none; null for the account's. */
  | { kind: 'phone'; country: string | null; form: 'e164' | 'national' | 'international' }
  | { kind: 'split'; separator: string }
  | { kind: 'join'; separator: string }
  /** 0 is the first, -1 the last. */
  | { kind: 'pick'; index: number }
  /** In `only` and `except` an asterisk at the end stands for any ending. */
  | { kind: 'tags'; only: string[]; except: string[]; prefix: string }
  | { kind: 'truncate'; length: number }
  | {
      kind: 'when'
      operator: 'is' | 'contains' | 'is_empty' | 'is_filled'
      value: FieldValue
      give: FieldValue
      /** Left out: the value stays as it is. */
      otherwise?: FieldValue
    }
