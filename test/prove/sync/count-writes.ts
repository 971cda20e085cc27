import type { Line } from '../../support/line.ts'
import type { Edit } from './edits.ts'

type Spoken = { method: string; path: string; status: number | null; query: Record<string, unknown> }

/** What changed something, or may have, on either side. */
export const listWrites = ({ highLevel, activeTrail }: Line): string[] =>
  [
    ...highLevel.control.requests().filter(({ path }) => path.startsWith('/contacts')),
    ...activeTrail.control.requests(),
  ]
    .filter((spoken: Spoken) => spoken.method !== 'GET' && !spoken.path.endsWith('/search'))
    .map(({ method, path }) => `${method} ${path}`)

/** So many writes an edit may ask for on the other side: one for the record, one for each label, and the label itself. */
export const causedBy = (edits: readonly Edit[]): number =>
  edits.reduce((sum, edit) => {
    if (edit.do === 'touch') return sum
    if (edit.do === 'create') return sum + 2 + 2 * edit.labels.length
    return edit.do === 'label' ? sum + 2 * (edit.add.length + edit.remove.length) : sum + 1
  }, 0)
