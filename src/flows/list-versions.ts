import { changedParts } from './changed-parts.ts'
import type { FlowDeps } from './create-flow.ts'
import { getFlow } from './flow-store.ts'
import { type FlowVersion, listVersions } from './version-store.ts'

/** `changed`: names of what differs from the version before; empty for the first. */
export type VersionEntry = Pick<FlowVersion, 'version' | 'author' | 'at'> & { changed: string[] }

const MOST = 50

/** What a flow was, newest first, those before a number if one is given. */
export const listFlowVersions = (
  deps: FlowDeps,
  input: { tenantId: string; flowId: string; before: number | null },
): Promise<VersionEntry[]> =>
  deps.database.asTenant(input.tenantId, async (db) => {
    const { id } = await getFlow(db, input.flowId)
    const versions = await listVersions(db, id, { before: input.before, most: MOST + 1 })
    return versions.slice(0, MOST).map((version, index) => entryOf(version, versions[index + 1]))
  })

const entryOf = ({ version, author, at, definition }: FlowVersion, before: FlowVersion | undefined): VersionEntry => ({
  version,
  author,
  at,
  changed: before ? changedParts(before.definition, definition) : [],
})
