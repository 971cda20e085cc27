import { describe, expect, test } from 'vitest'
import { PLATFORM_ACTIONS } from '../../src/catalog/platform-actions.ts'
import type { Action, Connector } from '../../src/connectors/connector.ts'
import type { FlowDefinition, FlowStep, MappingRow } from '../../src/connectors/flow-definition.ts'
import { parseTemplate } from '../../src/flows/mapping/parse-template.ts'
import { definitionSchema } from '../../src/flows/validation/definition-schema.ts'
import { PLATFORM_TRIGGERS } from '../../src/highlevel/events/triggers.ts'
import type { Field } from '../../src/lib/field.ts'

/** What holds for every flow that is ready to be switched on. */
export function flowBattery(connector: Connector): void {
  const flows = connector.flows ?? []
  const triggers = [...connector.triggers, ...(connector.inbound?.triggers ?? [])]
  const operations: Pick<Action<object, object>, 'key' | 'fields'>[] = connector.actions
  const platformOperations: Pick<Action<object, object>, 'key' | 'fields'>[] = [...PLATFORM_ACTIONS]

  function fieldsOf(step: FlowStep): Field[] | undefined {
    if (step.kind === 'sync') return undefined
    const [side, key] = step.operation.split('.')
    const operation = (side === connector.key ? operations : platformOperations).find((one) => one.key === key)
    expect([step.operation, operation?.key]).toEqual([step.operation, key])
    return operation?.fields
  }

  test('ready flows have names and keys of their own, and the first is the only one that is made by itself', () => {
    const keys = flows.map(({ key }) => key)
    expect(new Set(keys).size).toBe(keys.length)
    expect(flows.filter(({ isFirst }) => isFirst)).toEqual(flows.slice(0, 1))
    for (const { key, name, description } of flows) {
      expect(key).toMatch(/^[a-z][a-z0-9_]*$/)
      expect(name).toMatch(/\S/)
      expect(description).toMatch(/\.$/)
    }
  })

  describe.for(flows)('ready flow $key', ({ definition }) => {
    test('is started by something there is, and does things that can be done', () => {
      const [side, key] = definition.trigger.split('.')
      const trigger = side === connector.key ? triggers.find((one) => one.key === key) : undefined
      const isKnown = trigger !== undefined || PLATFORM_TRIGGERS.some((name) => name === definition.trigger)
      expect([definition.trigger, isKnown]).toEqual([definition.trigger, true])
      const steps = stepsOf(definition)
      expect(steps.length).toBeGreaterThan(0)
      expect(new Set(steps.map(({ id }) => id)).size).toBe(steps.length)
      for (const step of steps) {
        if (step.kind === 'sync') expect(connector.objects.find((one) => one.key === step.object)?.sync).toBeDefined()
        const targets = step.rows.map(({ target }) => target)
        expect(new Set(targets).size).toBe(targets.length)
        const taken = fieldsOf(step)?.map((field) => field.key)
        if (taken) expect(taken).toEqual(expect.arrayContaining(targets))
      }
    })

    test('is what an owner could have saved', () => {
      expect(definitionSchema.safeParse(definition).error?.issues ?? []).toEqual([])
      for (const { source } of stepsOf(definition).flatMap(({ rows }) => rows)) {
        if (source.kind === 'template') expect(parseTemplate(source.template)).toHaveProperty('fields')
      }
    })

    test('takes from an event only what it tells', () => {
      const [side, key] = definition.trigger.split('.')
      const trigger = side === connector.key ? connector.triggers.find((one) => one.key === key) : undefined
      const told = trigger?.fields?.map((field) => `event.${field.key}`) ?? []
      const wanted = stepsOf(definition).flatMap(({ rows }) => rows.flatMap(eventFieldsOf))
      if (side === connector.key) expect(told).toEqual(expect.arrayContaining(wanted))
    })
  })
}

const stepsOf = ({ enter, leave }: FlowDefinition): FlowStep[] => [...enter, ...leave].flatMap(withBranches)

const withBranches = (step: FlowStep): FlowStep[] => [
  step,
  ...step.branches.flatMap((branch) => branch.steps.flatMap(withBranches)),
]

function eventFieldsOf({ source }: MappingRow): string[] {
  const texts = {
    field: () => [source.kind === 'field' ? source.field : ''],
    fields: () => (source.kind === 'fields' ? source.fields : []),
    constant: () => [],
    template: () =>
      source.kind === 'template' ? [...source.template.matchAll(/event\.\w+/g)].map(([name]) => name) : [],
  }
  return texts[source.kind]().filter((name) => name.startsWith('event.'))
}
