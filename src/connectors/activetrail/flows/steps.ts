import type { FieldValue } from '../../../lib/field.ts'
import type {
  Condition,
  FlowDefinition,
  FlowStep,
  MappingRow,
  MappingSource,
  OperationStep,
  SyncStep,
} from '../../flow-definition.ts'

const row = (target: string, source: MappingSource): MappingRow => ({
  target,
  source,
  transforms: [],
  whenBlank: 'keep',
  policy: 'last_writer',
})

/** The target field is what the source field is. */
export const same = (target: string, field: string): MappingRow => row(target, { kind: 'field', field })
export const fixed = (target: string, value: FieldValue): MappingRow => row(target, { kind: 'constant', value })
export const written = (target: string, template: string): MappingRow => row(target, { kind: 'template', template })

export const operation = (id: string, name: string, rows: MappingRow[]): OperationStep => ({
  kind: 'operation',
  id,
  operation: name,
  rows,
  branches: [],
})

export const syncContact = (rows: MappingRow[], more: Partial<SyncStep> = {}): SyncStep => ({
  kind: 'sync',
  id: 'sync',
  object: 'contact',
  rows,
  consent: true,
  labels: { kind: 'all' },
  creates: true,
  branches: [],
  ...more,
})

export const flow = (trigger: string, enter: FlowStep[], conditions: Condition[] = []): FlowDefinition => ({
  trigger,
  options: {},
  conditions: conditions.length > 0 ? { match: 'and', conditions } : null,
  enter,
  leave: [],
  onDelete: { kind: 'nothing' },
})

/** Whom a partner's event is about, at the platform. */
export const thisContact = same('contactId', 'contact.id')

/** Whom a platform's event is about: found in ActiveTrail by address or number, and made there if new. */
export const thisPerson = [same('email', 'contact.email'), same('sms', 'contact.phone')]
