import { describe, expect, test } from 'vitest'
import type { Connector, ConnectorContext, PartnerEvent, PollTrigger } from '../../src/connectors/connector.ts'
import type { FieldValues } from '../../src/lib/field.ts'
import type { Fault } from '../../src/sandbox/support/faults.ts'
import type { BatterySandbox } from './connector-battery.ts'
import { expectTrouble, expectWellFormed, type FaultCase, troubleOf } from './expectations.ts'

/** For every trigger by key: what it is told, and the id of the record that its happening is about. */
export type TriggerExamples = Record<string, { options?: FieldValues; objectId: string }>

type Opened = { sandbox: BatterySandbox; context: ConnectorContext; http: { requests: { method: string }[] } }

const MOST_POLLS = 20

/** What holds for every trigger that is polled. */
export function pollBattery(
  connector: Connector,
  examples: TriggerExamples,
  { open, faults }: { open: (fault?: Fault) => Promise<Opened>; faults: FaultCase[] },
): void {
  const quick = faults.filter(({ fault }) => !fault.delayMs)
  const slow = faults.find(({ fault }) => fault.delayMs) as FaultCase
  const optionsOf = (key: string): FieldValues => examples[key]?.options ?? {}

  /** Polls until there is no more. */
  async function sweep(trigger: PollTrigger<object>, context: ConnectorContext, from: string | null) {
    const events: PartnerEvent[] = []
    let cursor = from
    for (let polls = 0; polls < MOST_POLLS; polls += 1) {
      const told = await trigger.poll(context, { cursor, options: optionsOf(trigger.key) })
      events.push(...told.events)
      cursor = told.cursor
      if (!told.isMore) return { events, cursor }
    }
    throw new Error(`${trigger.key} has no end.`)
  }

  async function happen({ sandbox }: Opened, key: string): Promise<void> {
    const happening = sandbox.happenings?.[key]
    if (!happening) throw new Error(`Say how ${key} comes about.`)
    await happening()
  }

  test('triggers are about objects it has, and say what they want to know and what they tell', () => {
    const objects = connector.objects.map(({ key }) => key)
    expect(Object.keys(examples).sort()).toEqual(connector.triggers.map(({ key }) => key).sort())
    for (const { object, options = [], fields = [] } of connector.triggers) {
      expect(objects).toContain(object)
      for (const list of [options, fields]) {
        expect(new Set(list.map(({ key }) => key)).size).toBe(list.length)
        for (const field of list) expectWellFormed(field)
      }
    }
  })

  test('a trigger that misses what it has to be told says so', async () => {
    const { context } = await open()
    for (const trigger of connector.triggers.filter(({ options }) => options?.some(({ required }) => required))) {
      const trouble = await troubleOf(trigger.poll(context, { cursor: null, options: {} }))
      expect([trigger.key, trouble.code]).toEqual([trigger.key, 'rejected'])
    }
  })

  describe.for(connector.triggers)('trigger $key', (trigger) => {
    test('first tells nothing, then what happened, once, and changes nothing', async () => {
      const opened = await open()
      const { sandbox, context } = opened
      const first = await sweep(trigger, context, null)
      expect(first.events).toEqual([])
      const second = await sweep(trigger, context, first.cursor)
      expect(second.events).toEqual([])

      await happen(opened, trigger.key)
      const before = sandbox.state()
      const third = await sweep(trigger, context, second.cursor)
      const again = await sweep(trigger, context, second.cursor)
      const older = await sweep(trigger, context, first.cursor)
      expect(third.events.length).toBeGreaterThan(0)
      for (const { events } of [again, older])
        expect(events.map(({ id }) => id)).toEqual(third.events.map(({ id }) => id))
      expect((await sweep(trigger, context, third.cursor)).events).toEqual([])
      expect(sandbox.state()).toEqual(before)

      expect(new Set(third.events.map(({ id }) => id)).size).toBe(third.events.length)
      expect(third.events.map(({ objectId }) => objectId)).toContain(examples[trigger.key]?.objectId)
      for (const event of third.events) expectEvent(event, trigger)
      for (const secret of sandbox.secrets) expect(third.cursor + JSON.stringify(third.events)).not.toContain(secret)
    })

    test('names the trouble when any of its requests fails, and tells everything afterwards', async () => {
      const opened = await open()
      const { sandbox, context, http } = opened
      const { cursor } = await sweep(trigger, context, null)
      await happen(opened, trigger.key)
      const made = http.requests.length
      const told = await sweep(trigger, context, cursor)
      const requests = http.requests.slice(made)
      expect(requests.every(({ method }) => method === 'GET')).toBe(true)
      for (const { fault, code, mayPass } of quick) {
        for (const skip of requests.keys()) {
          sandbox.fail({ ...fault, skip, times: 100 })
          const outcome = await sweep(trigger, context, cursor).catch((error: unknown) => error)
          sandbox.recover?.()
          if (mayPass && !(outcome instanceof Error)) continue
          expectTrouble(outcome, code, sandbox.secrets)
        }
      }
      expect((await sweep(trigger, context, cursor)).events).toEqual(told.events)
    })
  })

  test('no trigger waits for ever', async () => {
    for (const group of inGroups(connector.triggers, 8)) {
      await Promise.all(
        group.map(async (trigger) => {
          const { sandbox, context } = await open(slow.fault)
          sandbox.fail({ ...slow.fault, times: 100 })
          expectTrouble(await troubleOf(sweep(trigger, context, null)), slow.code, sandbox.secrets)
        }),
      )
    }
  })
}

export const inGroups = <Item>(items: readonly Item[], size: number): Item[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, index) => items.slice(index * size, (index + 1) * size))

function expectEvent({ id, objectId, occurredAt, data }: PartnerEvent, { fields = [] }: PollTrigger<object>): void {
  expect(id).toMatch(/^[\x21-\x7e]{1,200}$/)
  expect(id).not.toContain('@')
  expect(objectId).toMatch(/^[\x21-\x7e]{1,128}$/)
  expect(new Date(occurredAt).toISOString()).toBe(occurredAt)
  const keys = fields.map(({ key }) => key)
  expect(keys).toEqual(expect.arrayContaining(Object.keys(data)))
}
