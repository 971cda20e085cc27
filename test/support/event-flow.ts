import type { FlowDefinition, MappingRow, MappingSource } from '../../src/connectors/flow-definition.ts'
import { insertFlow } from '../../src/flows/flow-store.ts'
import { newId } from '../../src/lib/ids.ts'
import type { Account } from './account.ts'
import type { Line } from './line.ts'

export const rowOf = (target: string, source: MappingSource): MappingRow => ({
  target,
  source,
  transforms: [],
  whenBlank: 'keep',
  policy: 'last_writer',
})

/** A flow that runs one operation whenever something happens, switched on; its id. */
export async function addEventFlow(
  line: Line,
  { tenantId, connectionId }: Account,
  { name, trigger, operation, rows }: { name: string; trigger: string; operation: string; rows: MappingRow[] },
): Promise<string> {
  const definition: FlowDefinition = {
    trigger,
    options: {},
    conditions: null,
    enter: [{ id: 'act', kind: 'operation', operation, rows, branches: [] }],
    leave: [],
    onDelete: { kind: 'nothing' },
  }
  const flow = { id: newId(), connectionId, template: null, name, enabled: true, definition }
  await line.database.asTenant(tenantId, (db) => insertFlow(db, { ...flow, author: 'owner', at: new Date() }))
  return flow.id
}
