import type { SideName } from '../../../src/sync/plan/record-plan.ts'
import type { Line } from '../../support/line.ts'
import type { Edit } from './edits.ts'

/** A record was written as a whole; a new one was made; or it was about labels. */
export type Kind = 'record' | 'new record' | 'label'

/** `who`: the record's id on that side, or the token or the id of the location, as far as the request says. */
export type Write = {
  side: SideName
  kind: Kind
  who: string
  what: string
  at: number
  /** Whoever sent it was not told that it was done, and has to look, and perhaps to send it once more. */
  isSpoilt: boolean
}

type Spoken = {
  method: string
  path: string
  at: number
  status: number | null
  body: unknown
  headers: Record<string, unknown>
}

/** What changed something, or may have, on either side; since a moment, if one is given. */
export const listWrites = ({ highLevel, activeTrail }: Line, since = 0): Write[] => [
  ...writesAmong(
    'highlevel',
    highLevel.control.requests().filter(({ path, at }) => at >= since && path.startsWith('/contacts')),
  ),
  ...writesAmong(
    'partner',
    activeTrail.control.requests().filter(({ at }) => at >= since),
  ),
]

const writesAmong = (side: SideName, requests: readonly Spoken[]): Write[] =>
  requests
    .filter(({ method, path }) => method !== 'GET' && !path.endsWith('/search'))
    .map((spoken) => ({
      ...{ side, kind: kindOf(spoken), who: whoseOf(side, spoken) },
      ...{ what: `${spoken.method} ${spoken.path}`, at: spoken.at },
      isSpoilt: spoken.status === null || spoken.status >= 400,
    }))

function kindOf({ method, path }: Spoken): Kind {
  if (/\/contacts\/?(upsert)?$/.test(path)) return 'new record'
  return method === 'PUT' ? 'record' : 'label'
}

function whoseOf(side: SideName, { path, body, headers }: Spoken): string {
  const id = /\/contacts\/(\w+)/.exec(path)?.[1]
  if (id !== undefined && id !== 'upsert') return id
  return side === 'partner' ? String(headers.authorization) : String((body as { locationId?: string }).locationId)
}

/** So many writes of a kind edits of one side may ask for on the other: each is carried over once, and a label is a call. */
export const mostCausedBy = (kind: Kind, edits: readonly Edit[]): number =>
  edits.reduce((sum, edit) => sum + CAUSED[kind](edit), 0)

const CAUSED: Record<Kind, (edit: Edit) => number> = {
  record: (edit) => (edit.do === 'touch' || edit.do === 'label' ? 0 : 1),
  'new record': (edit) => (edit.do === 'create' ? 1 : 0),
  label: (edit) => {
    if (edit.do === 'create') return edit.labels.length
    if (edit.do === 'delete') return 1
    return edit.do === 'label' ? edit.add.length + edit.remove.length : 0
  },
}
