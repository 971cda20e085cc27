import type { FlowDeps } from './create-flow.ts'
import { type Difference, diffDefinitions } from './diff-definitions.ts'
import { getFlow } from './flow-store.ts'
import { type FlowVersion, listVersions } from './version-store.ts'

/** `changes`: what it does otherwise than the version before; nothing for the first. */
export type VersionEntry = Pick<FlowVersion, 'version' | 'author' | 'at'> & { changes: Difference[] }

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
  changes: before ? diffDefinitions(before.definition, definition) : [],
})
