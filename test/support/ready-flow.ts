import { expect } from 'vitest'
import type { FlowDefinition, FlowStep, MappingRow } from '../../src/connectors/flow-definition.ts'
import { getConnector } from '../../src/connectors/registry.ts'
import type { FlowOrigin } from '../../src/flows/create-flow.ts'
import type { FieldValues } from '../../src/lib/field.ts'
import type { Account } from './account.ts'

/** What the owner still has to say before a ready flow does something. */
export type Choice = {
  /** Which group or campaign the trigger watches. */
  options?: FieldValues
  /** Values of its conditions. */
  values?: string[]
  /** What its operations are to be told, by target. */
  told?: Record<string, string>
}

/** Makes a ready flow on the page, with what is chosen, and switches it on; its id. */
export async function useReadyFlow(account: Account, key: string, choice: Choice = {}): Promise<string> {
  const { owner, connectionId } = account
  const id = await makeFlow(account, { kind: 'ready', connectionId, key })
  const definition = chosen(readyDefinition(key), choice)
  const saved = await owner.send('POST', `/settings/flows/${id}/versions`, { basedOn: 1, definition })
  expect([key, saved.status, await saved.text()]).toMatchObject([key, 201, expect.any(String) as string])
  const switched = await owner.send('PUT', `/settings/flows/${id}/switch`, { enabled: true })
  expect([key, switched.status, await switched.text()]).toEqual([key, 204, ''])
  return id
}

/** Makes a flow on the page, switched off; its id. */
export async function makeFlow({ owner }: Account, origin: FlowOrigin): Promise<string> {
  const made = await owner.send('POST', '/settings/flows', origin)
  expect(made.status).toBe(201)
  return ((await made.json()) as { id: string }).id
}

function readyDefinition(key: string): FlowDefinition {
  const ready = getConnector('activetrail').flows?.find((flow) => flow.key === key)
  if (!ready) throw new Error(`There is no ready flow ${key}.`)
  return ready.definition
}

function chosen(definition: FlowDefinition, { options = {}, values, told = {} }: Choice): FlowDefinition {
  const { conditions, enter } = definition
  const filled = conditions && {
    ...conditions,
    conditions: conditions.conditions.map((one) => ('field' in one && values ? { ...one, value: values } : one)),
  }
  const rows = Object.entries(told).map(([target, value]) => constantRow(target, value))
  return { ...definition, options, conditions: filled, enter: withRows(enter, rows) }
}

const constantRow = (target: string, value: string): MappingRow => ({
  ...{ target, source: { kind: 'constant', value }, transforms: [], whenBlank: 'keep', policy: 'last_writer' },
})

const withRows = (steps: readonly FlowStep[], rows: MappingRow[]): FlowStep[] =>
  steps.map((step) => ({
    ...step,
    ...(step.kind === 'operation' && { rows: [...step.rows, ...rows] }),
    branches: step.branches.map((branch) => ({ ...branch, steps: withRows(branch.steps, rows) })),
  }))
