import { expect, test } from 'vitest'
import type { Connector, ConnectorContext, ObjectType } from '../../src/connectors/connector.ts'
import type { FieldValues } from '../../src/lib/field.ts'
import type { Fault } from '../../src/sandbox/support/faults.ts'
import type { BatterySandbox } from './connector-battery.ts'
import { expectTrouble, type FaultCase } from './expectations.ts'

/** For every object by key that can be kept in step. */
export type SyncExamples = Record<string, SyncExample>

export type SyncExample = {
  /** Makes a record that is not in a fresh sandbox; the identity, and whose it is, are among its fields. */
  fields: FieldValues
  identity: FieldValues
  /** Resembles it, and nobody has it. */
  stranger: FieldValues
  /** What the record looks like there after a write of these fields. */
  change: FieldValues
  changed: Record<string, unknown>
}

type Opened = { sandbox: BatterySandbox; context: ConnectorContext; http: { requests: { method: string }[] } }

/** What holds for every object that can be kept in step. */
export function syncBattery(
  connector: Connector,
  object: ObjectType<object>,
  { example, open, faults }: { example: SyncExample; open: (fault?: Fault) => Promise<Opened>; faults: FaultCase[] },
): void {
  const sync = object.sync as NonNullable<typeof object.sync>

  async function run(context: ConnectorContext, key: string, input: object) {
    const action = connector.actions.find((one) => one.key === key)
    if (!action) throw new Error(`There is no action ${key}.`)
    return await action.run(context, action.input.parse(input))
  }
  const created = async (context: ConnectorContext): Promise<string> =>
    String((await run(context, sync.create, example.fields)).id)
  const isThere = async (context: ConnectorContext, id: string): Promise<boolean> => {
    const record = await object.find?.(context, { id })
    return record !== undefined && !record.isDeleted
  }

  test.runIf(sync.identity.length === 0)(
    'what nothing tells from others is made as often as it is asked for',
    async () => {
      const { context } = await open()
      expect(await sync.match(context, example.fields)).toEqual([])
      const ids = [await created(context), await created(context)]
      expect(new Set(ids).size).toBe(2)
      const create = connector.actions.find(({ key }) => key === sync.create)
      expect(create?.repeat).toBe('once')
      const found = await create?.lookup?.(context, create.input.parse(example.fields))
      if (create?.lookup) expect(ids).toContain(found?.id)
    },
  )

  test.runIf(object.belongsTo)('a record says whose it is, and is given to nobody else by a flow’s rows', async () => {
    const { context } = await open()
    const { field = '', moves } = object.belongsTo ?? {}
    const id = await created(context)
    expect((await object.find?.(context, { id }))?.data[field]).toBe(example.fields[field])
    expect(object.fields?.find(({ key }) => key === field)).toMatchObject({ readOnly: true })
    const update = connector.actions.find(({ key }) => key === sync.update.action)
    const given = sync.update.input({ id, record: { [field]: example.fields[field] } })
    expect(update?.input.safeParse(given).success || !moves).toBe(true)
  })

  test.runIf(sync.identity.length > 0)('what is made is found by what identifies it, and nobody else is', async () => {
    const { context } = await open()
    expect(Object.keys(example.identity).every((key) => sync.identity.includes(key))).toBe(true)
    expect(await sync.match(context, example.identity)).toEqual([])
    const id = await created(context)
    expect((await sync.match(context, example.identity)).map((record) => record.id)).toEqual([id])
    expect(await sync.match(context, example.stranger)).toEqual([])
    expect(await created(context)).toBe(id)
  })

  test('what was read just now is not read again to be written', async () => {
    const { context, http } = await open()
    const id = await created(context)
    const known = await object.find?.(context, { id })
    const made = http.requests.length
    const input = sync.update.input({ id, record: example.change })
    await run({ ...context, ...(known && { known }) }, sync.update.action, input)
    expect(http.requests.slice(made)).toHaveLength(1)
    expect((await object.find?.(context, { id }))?.data).toMatchObject(example.changed)
  })

  test.runIf(sync.remove || sync.archive)(
    'a record that is removed or set aside is gone, and again is nothing',
    async () => {
      for (const way of [sync.remove, sync.archive]) {
        if (!way) continue
        const { context } = await open()
        const id = await created(context)
        expect(await isThere(context, id)).toBe(true)
        await run(context, way.action, way.input(id))
        // What is a contact's may be cancelled and still be there.
        if (way === sync.remove || !object.belongsTo) expect(await isThere(context, id)).toBe(false)
        await run(context, way.action, way.input(id))
      }
    },
  )

  test.runIf(sync.labels)('labels are added, listed and removed', async () => {
    const { context } = await open()
    const { labels } = sync
    if (!labels) return
    const id = await created(context)
    expect(await labels.list(context, id)).toEqual([])
    const label = String((await run(context, labels.ensure.action, labels.ensure.input('Battery'))).id)
    await run(context, labels.add.action, labels.add.input({ id, record: example.fields }, label))
    expect(await labels.list(context, id)).toEqual(['Battery'])
    await run(context, labels.remove.action, labels.remove.input({ id, record: example.fields }, label))
    expect(await labels.list(context, id)).toEqual([])
  })

  test.runIf(sync.identity.length > 0)('looking for a record names the trouble it meets', async () => {
    for (const { fault, code, mayPass } of faults) {
      const { sandbox, context } = await open(fault)
      sandbox.fail({ ...fault, times: 100 })
      const outcome = await sync.match(context, example.identity).catch((error: unknown) => error)
      if (mayPass && !(outcome instanceof Error)) continue
      expectTrouble(outcome, code, sandbox.secrets)
    }
  })
}
