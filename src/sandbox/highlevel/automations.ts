import { createHash } from 'node:crypto'
import { stableId } from './ids.ts'

export type Automation = { id: string; locationId: string; name: string; status: 'published' | 'draft' }

/** Every location has the same, under ids of its own. A workflow's id is a uuid, as seen in the documents. */
export const workflowsOf = (locationId: string): Automation[] => [
  { id: stableUuid(`${locationId} welcome`), locationId, name: 'Welcome new contacts', status: 'published' },
  { id: stableUuid(`${locationId} win back`), locationId, name: 'Win back', status: 'published' },
  { id: stableUuid(`${locationId} idea`), locationId, name: 'An idea', status: 'draft' },
]

export const campaignsOf = (locationId: string): Automation[] => [
  { id: stableId(`${locationId} campaign spring`), locationId, name: 'Spring offer', status: 'published' },
  { id: stableId(`${locationId} campaign autumn`), locationId, name: 'Autumn offer', status: 'draft' },
]

function stableUuid(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  )
}
