import { afterEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { ActionResult, Connector, ConnectorContext } from '../../src/connectors/connector.ts'
import type { HttpClient } from '../../src/lib/http-client.ts'
import type { Trouble } from '../../src/lib/trouble.ts'
import type { Fault } from '../../src/sandbox/support/faults.ts'
import { expectTrouble, expectWellFormed, type FaultCase, troubleOf } from './expectations.ts'
import { flowBattery } from './flow-battery.ts'
import { type GuardedHttp, guardedHttp } from './guarded-http.ts'
import { type InboundExamples, inboundBattery } from './inbound-battery.ts'
import { inGroups, pollBattery, type TriggerExamples } from './poll-battery.ts'
import { type SyncExamples, syncBattery } from './sync-battery.ts'

/** A partner on this machine, as the battery needs it. */
export type BatterySandbox = {
  apiUrl: string
  credentials: object
  /** What may be in no address, body, error or page. */
  secrets: string[]
  /** Makes the next matching requests fail. */
  fail(fault: Fault): void
  /** Where its clock stands; the real one unless told. */
  now?(): number
  /** Ends what `fail` began. */
  recover?(): void
  /** For every polled trigger by key, makes happen what it tells of: always to the same record. */
  happenings?: Record<string, () => unknown>
  /** Addresses that it calls. */
  webhooks?(): string[]
  /** Everything stored there, in a form that is equal when nothing changed. */
  state(): unknown
  close(): Promise<void>
}

export type Battery = {
  connector: Connector
  /** Always the same content, and a clock that stands still. */
  makeSandbox(): Promise<BatterySandbox>
  badCredentials: object
  /** For every action by key, an input that has an effect in a fresh sandbox. */
  examples: Record<string, object>
  /** Where it has triggers that are polled. */
  triggers?: TriggerExamples
  /** Where it has objects that can be kept in step. */
  sync?: SyncExamples
  /** Where the partner calls us. */
  inbound?: InboundExamples
  /** Headers that may carry a secret; lower case. */
  secretHeaders?: string[]
}

/** Long enough for a machine that is busy; only where no answer is to come in time is nobody kept waiting. */
const PATIENCE_MS = 20_000
const TIMEOUT_MS = 150

const faults: FaultCase[] = [
  { name: '401', fault: { status: 401 }, code: 'credentials_refused' },
  { name: '403', fault: { status: 403 }, code: 'credentials_refused' },
  { name: '404', fault: { status: 404 }, code: 'not_found', mayPass: true },
  { name: '429', fault: { status: 429, headers: { 'retry-after': '7' } }, code: 'rate_limited' },
  { name: '500', fault: { status: 500 }, code: 'unavailable' },
  { name: 'an error page with 502', fault: { status: 502, html: true }, code: 'unavailable' },
  { name: 'an error page with 200', fault: { html: true }, code: 'unexpected_answer' },
  { name: 'another shape', fault: { body: { surprise: [1] } }, code: 'unexpected_answer', mayPass: true },
  { name: 'a cut connection', fault: { cut: true }, code: 'unreachable' },
  { name: 'no answer in time', fault: { delayMs: 4 * TIMEOUT_MS }, code: 'unreachable' },
]

const lostAnswers: { name: string; fault: Fault }[] = [
  { name: 'the connection was cut', fault: { cut: true, afterEffect: true } },
  { name: '500 was answered', fault: { status: 500, afterEffect: true } },
]

const garbage = [null, undefined, 42, 'text', [], { nonsense: 'only' }]

/** What holds for every connector. Its own test calls this and adds what is particular to the partner. */
export function connectorBattery(battery: Battery): void {
  const { connector, examples, secretHeaders = ['authorization'] } = battery
  const opened: { sandbox: BatterySandbox; http: GuardedHttp }[] = []

  async function open(fault: Fault = {}) {
    const sandbox = await battery.makeSandbox()
    const { apiUrl, secrets } = sandbox
    const http = guardedHttp({ apiUrl, secrets, secretHeaders, timeoutMs: PATIENCE_MS })
    const hasty: HttpClient = (request) => http({ ...request, timeoutMs: TIMEOUT_MS })
    const client = fault.delayMs ? hasty : http
    const context: ConnectorContext = {
      http: client,
      apiUrl,
      credentials: sandbox.credentials,
      now: sandbox.now ?? Date.now,
    }
    opened.push({ sandbox, http })
    return { sandbox, http, context }
  }

  /** Whatever a test did: nothing went to another host and no secret stood in the open. */
  afterEach(async () => {
    const findings = opened.flatMap(({ http }) => http.findings())
    await Promise.all(opened.splice(0).map(({ sandbox }) => sandbox.close()))
    expect(findings).toEqual([])
  })

  const run = (context: ConnectorContext, key: string): Promise<ActionResult> => {
    const action = connector.actions.find((one) => one.key === key)
    return action?.run(context, action.input.parse(examples[key])) ?? Promise.reject(new Error(`No action ${key}.`))
  }

  /** The example's undisturbed run: how many requests it makes and what is there afterwards. */
  async function cleanRun(key: string) {
    const { context, http, sandbox } = await open()
    await run(context, key)
    return { requests: http.requests.map(({ method }) => method), state: sandbox.state() }
  }

  async function meetFault(key: string, { fault, code, mayPass }: FaultCase, skip: number): Promise<void> {
    const { sandbox, context, http } = await open(fault)
    sandbox.fail({ ...fault, skip, times: 100 })
    const outcome = await run(context, key).catch((error: unknown) => error)
    if (mayPass && !(outcome instanceof Error)) return
    expectTrouble(outcome, code, sandbox.secrets)
    if (code === 'unreachable') {
      expect((outcome as Trouble).outcomeUnknown).toBe(http.requests.at(-1)?.method !== 'GET')
    }
  }

  describe('what it says of itself', () => {
    test('keys are well-formed and unique, and everything has a name', () => {
      for (const list of [connector.credentialFields, connector.objects, connector.triggers, connector.actions]) {
        const keys = list.map(({ key }) => key)
        expect(new Set(keys).size).toBe(keys.length)
        for (const key of keys) expect(key).toMatch(/^[a-z][a-zA-Z0-9_]*$/)
      }
      expect(connector.key).toMatch(/^[a-z][a-z0-9-]*$/)
      for (const thing of [connector, ...connector.objects, ...connector.triggers, ...connector.actions]) {
        expect(thing.name).toMatch(/\S/)
      }
      for (const { label, help } of connector.credentialFields) expect([label, help]).not.toContain('')
      for (const { description } of connector.actions) expect(description).toMatch(/\.$/)
    })

    test('its address is safe and its limits can be kept', () => {
      if (connector.apiUrl !== null) expect(connector.apiUrl).toMatch(/^https:\/\/.*[^/]$/)
      expect(connector.limits.requestsPerSecond).toBeGreaterThan(0)
      expect(connector.limits.concurrency).toBeGreaterThanOrEqual(1)
    })

    test('actions act on objects it has, and each has an example', () => {
      const objects = connector.objects.map(({ key }) => key)
      for (const { object } of connector.actions) expect(objects).toContain(object)
      expect(Object.keys(examples).sort()).toEqual(connector.actions.map(({ key }) => key).sort())
    })
  })

  describe('credentials', () => {
    test('the good ones parse, whatever spaces were pasted around them', async () => {
      const { sandbox } = await open()
      const pasted = Object.entries(sandbox.credentials).map(([key, value]) => [key, ` ${value} `])
      expect(connector.credentials.parse(Object.fromEntries(pasted))).toEqual(sandbox.credentials)
    })

    test('an empty form and garbage are refused with a sentence', () => {
      const blank = Object.fromEntries(connector.credentialFields.map(({ key }) => [key, '  ']))
      for (const value of [{}, blank, ...garbage]) {
        const { success, error } = connector.credentials.safeParse(value)
        expect(success).toBe(false)
        for (const { message } of error?.issues ?? []) expect(message).toMatch(/^(?!Invalid|Required|Too small).*\.$/)
      }
    })

    test('verify accepts the good ones and changes nothing', async () => {
      const { sandbox, context } = await open()
      const before = sandbox.state()
      const account = await connector.verify(context)
      expect(account.label).toMatch(/\S/)
      for (const secret of sandbox.secrets) expect(JSON.stringify(account)).not.toContain(secret)
      expect(sandbox.state()).toEqual(before)
    })

    test('verify refuses the bad ones', async () => {
      const { context } = await open()
      const trouble = await troubleOf(connector.verify({ ...context, credentials: battery.badCredentials }))
      expect(trouble.code).toBe('credentials_refused')
    })

    test.for(faults)('verify under $name tells what is wrong', async ({ fault, code }) => {
      const { sandbox, context } = await open(fault)
      sandbox.fail({ ...fault, times: 100 })
      expectTrouble(await troubleOf(connector.verify(context)), code, sandbox.secrets)
    })
  })

  describe.for(connector.objects)('object $key', (object) => {
    test('every field has a key of its own, a label and a type', async () => {
      const { sandbox, context } = await open()
      const fields = await object.listFields(context)
      expect(fields.length).toBeGreaterThan(0)
      expect(new Set(fields.map(({ key }) => key)).size).toBe(fields.length)
      for (const field of fields) expectWellFormed(field)
      for (const secret of sandbox.secrets) expect(JSON.stringify(fields)).not.toContain(secret)
    })

    test.runIf(object.find)('a record that is not there is not found, without trouble', async () => {
      const { context } = await open()
      const id = '999999999'
      expect(await object.find?.(context, { id })).toBeUndefined()
      expect(await object.find?.(context, { email: 'nobody-at-all@example.com' })).toBeUndefined()
    })
  })

  describe.for(connector.actions)('action $key', ({ key, input, repeat, fields }) => {
    test('refuses garbage and can be described to others', () => {
      for (const value of garbage) expect(input.safeParse(value).success).toBe(false)
      expect(z.toJSONSchema(input, { io: 'input' })).toMatchObject({ type: 'object' })
    })

    test.runIf(fields)('what the owner can set is what it takes', () => {
      const schema = z.toJSONSchema(input, { io: 'input', unrepresentable: 'any' })
      const keys = fields?.map((field) => field.key) ?? []
      expect(new Set(keys).size).toBe(keys.length)
      for (const field of fields ?? []) expectWellFormed(field)
      expect(Object.keys(schema.properties ?? {})).toEqual(expect.arrayContaining(keys))
      // A list of things with fields of their own is for the API: no row of a flow sets it.
      const isForApi = (name: string): boolean =>
        JSON.stringify(schema.properties?.[name]).includes('"items":{"type":"object"')
      for (const name of schema.required ?? []) if (!isForApi(name)) expect(keys).toContain(name)
      for (const { key: name, required } of fields ?? []) {
        const { [name]: _left, ...rest } = { ...(examples[key] as Record<string, unknown>) }
        if (required) expect([name, input.safeParse(rest).success]).toEqual([name, false])
      }
    })

    test('works', async () => {
      const { sandbox, context, http } = await open()
      const before = sandbox.state()
      const result = await run(context, key)
      expect(result.id).toMatch(/\S/)
      expect(['created', 'updated', 'unchanged', 'revived', 'removed']).toContain(result.effect)
      if (http.requests.some(({ method }) => method !== 'GET')) expect(sandbox.state()).not.toEqual(before)
      else expect([result.effect, sandbox.state()]).toEqual(['unchanged', before])
    })

    test.runIf(repeat === 'repeatable')('leaves the same behind when run twice', async () => {
      const { sandbox, context } = await open()
      await run(context, key)
      const once = sandbox.state()
      await run(context, key)
      expect(sandbox.state()).toEqual(once)
    })

    test('names the trouble when any of its requests fails', async () => {
      const { requests } = await cleanRun(key)
      for (const fault of faults.filter(({ fault }) => !fault.delayMs)) {
        for (const skip of requests.keys()) await meetFault(key, fault, skip)
      }
    })

    test.runIf(repeat === 'repeatable').for(lostAnswers)(
      'ends well on a second try although $name after a request took effect',
      async ({ fault }) => {
        const { requests, state } = await cleanRun(key)
        for (const skip of requests.keys()) {
          const { sandbox, context } = await open()
          sandbox.fail({ ...fault, skip })
          await troubleOf(run(context, key))
          await run(context, key)
          expect(sandbox.state()).toEqual(state)
        }
      },
    )
  })

  test('no action waits for ever', async () => {
    const slow = faults.filter(({ fault }) => fault.delayMs)
    const cases: (() => Promise<void>)[] = []
    for (const { key } of connector.actions) {
      const { requests } = await cleanRun(key)
      for (const fault of slow) for (const skip of requests.keys()) cases.push(() => meetFault(key, fault, skip))
    }
    for (const group of inGroups(cases, 8)) await Promise.all(group.map((meet) => meet()))
  })

  flowBattery(connector)

  for (const object of connector.objects.filter(({ sync }) => sync)) {
    const example = battery.sync?.[object.key]
    if (!example) throw new Error(`${connector.name} keeps the ${object.key} in step: give an example of it.`)
    describe(`object ${object.key}, kept in step`, () => syncBattery(connector, object, { example, open, faults }))
  }
  if (connector.triggers.length > 0) pollBattery(connector, battery.triggers ?? {}, { open, faults })
  if (connector.inbound) inboundBattery(connector, battery.inbound, { open, faults })
}
