import type { MappingRow } from '../connectors/connector.ts'
import type { FlowDefinition } from '../connectors/flow-definition.ts'

/** What an engine that reads no definitions makes of one: its first syncing step's fields that are taken as they are. */
export function plainRows({ enter }: FlowDefinition): MappingRow[] {
  const step = enter.find(({ kind }) => kind === 'sync')
  return (step?.rows ?? []).flatMap(({ target, source, transforms }) =>
    source.kind === 'field' && transforms.length === 0 ? [{ target, source: source.field }] : [],
  )
}
