import type { ConflictPolicy, DeleteRule, FlowDefinition, SyncStep } from '../../src/connectors/flow-definition.ts'
import { getConnector } from '../../src/connectors/registry.ts'
import { switchFlow } from '../../src/flows/change-flow.ts'
import { createFlow } from '../../src/flows/create-flow.ts'
import { listFlows } from '../../src/flows/flow-store.ts'
import { saveVersion } from '../../src/flows/save-version.ts'
import { STANDARD_FIELDS } from '../../src/highlevel/contact-fields.ts'
import { createHttpClient } from '../../src/lib/http-client.ts'
import { createVault } from '../../src/tenants/vault.ts'
import type { Line } from './line.ts'
import { eventually } from './people.ts'
import { unpacedPartners } from './unpaced.ts'

/** A connection whose contacts are kept in step both ways. */
export type TwoWay = { tenantId: string; connectionId: string }

export type TwoWayRules = {
  /** By HighLevel's field, for either direction. Those that are not named keep the ready flow's policy. */
  policies?: Record<string, ConflictPolicy>
  /** What a deletion there does: at HighLevel, and at the partner. */
  onDelete?: { highlevel?: DeleteRule; partner?: DeleteRule }
}

const ACTOR = { kind: 'user', id: 'somebody' } as const
const NOTHING: DeleteRule = { kind: 'nothing' }

/** Switches on both of ActiveTrail's ready flows of contacts, with these rules. */
export async function keepBothWays(
  line: Line,
  { tenantId, connectionId }: TwoWay,
  rules: TwoWayRules = {},
): Promise<void> {
  const { database, config } = line
  const deps = {
    ...{ database, vault: createVault(config.encryptionKeys), http: createHttpClient(), now: Date.now },
    partnerApiUrls: config.partnerApiUrls,
    partnerPace: unpacedPartners,
    platformFields: async () => [...STANDARD_FIELDS],
  }
  const flows = await line.database.asTenant(tenantId, listFlows)
  const there = flows.find((flow) => flow.connectionId === connectionId && flow.template === 'contacts')
  if (!there) throw new Error('The first flow of the connection is missing.')
  await saveVersion(deps, {
    ...{ tenantId, flowId: there.id, basedOn: there.mappingVersion, actor: ACTOR },
    definition: withRules(readyDefinition('contacts'), rules, rules.onDelete?.highlevel ?? NOTHING),
  })
  const origin = { kind: 'own', connectionId, name: 'And back' } as const
  const definition = withRules(readyDefinition('contacts_back'), rules, rules.onDelete?.partner ?? NOTHING)
  const flowId = await createFlow(deps, { tenantId, origin: { ...origin, definition }, actor: ACTOR })
  await switchFlow(deps, { tenantId, flowId, enabled: true, actor: ACTOR })
}

function readyDefinition(key: string): FlowDefinition {
  const ready = getConnector('activetrail').flows?.find((flow) => flow.key === key)
  if (!ready) throw new Error(`There is no ready flow ${key}.`)
  return ready.definition
}

function withRules(definition: FlowDefinition, { policies = {} }: TwoWayRules, onDelete: DeleteRule): FlowDefinition {
  const isOutward = definition.trigger.startsWith('highlevel.')
  const hereOf = ({ target, source }: SyncStep['rows'][number]): string =>
    isOutward ? (source.kind === 'field' ? source.field : '') : target
  const enter = definition.enter.map((step) =>
    step.kind === 'sync'
      ? { ...step, rows: step.rows.map((row) => ({ ...row, policy: policies[hereOf(row)] ?? row.policy })) }
      : step,
  )
  return { ...definition, enter, onDelete }
}

/**
 * Resolves when both sides have told everything and all of it was worked on, also what followed from that: for one tenant, or
 * (`null`) for all.
 */
export async function quiet(line: Line, tenantId: string | null, forMs = 30_000): Promise<void> {
  const waiting = async (): Promise<number> => {
    await line.highLevel.control.webhooksSettled(forMs)
    await line.activeTrail.control.hooksSettled()
    const whose = tenantId === null ? {} : { tenant_id: tenantId }
    const [row] = await line.database.system
      .sql('deliveries')
      .where({ ...whose, state: 'received' })
      .count('* as count')
    return Number(row?.count)
  }
  let quietLooks = 0
  await eventually(
    async () => {
      quietLooks = (await waiting()) === 0 ? quietLooks + 1 : 0
      return quietLooks
    },
    (looks) => looks >= 3,
    forMs,
  )
}
