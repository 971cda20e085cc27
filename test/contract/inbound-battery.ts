import { describe, expect, test } from 'vitest'
import type { Connector, ConnectorContext } from '../../src/connectors/connector.ts'
import type { HookEvent } from '../../src/connectors/inbound.ts'
import type { Fault } from '../../src/sandbox/support/faults.ts'
import type { BatterySandbox } from './connector-battery.ts'
import { expectTrouble, type FaultCase, troubleOf } from './expectations.ts'

/** A call as the partner makes it: headers and query parameters by name in lower case. */
export type ExampleCall = { body: string; headers: Record<string, string>; query?: Record<string, string> }

export type InboundExamples = {
  /** For every trigger by key, a call that tells of the record of this id, in a fresh sandbox. */
  calls: Record<string, { call: ExampleCall; objectId: string }>
  /** Where it signs: the same call, signed with the sandbox's credentials at that time. */
  sign?(call: ExampleCall, around: { credentials: object; now: number }): ExampleCall
}

type Opened = { sandbox: BatterySandbox; context: ConnectorContext }

/** What holds for every partner that calls us. */
export function inboundBattery(
  connector: Connector,
  given: InboundExamples | undefined,
  { open, faults }: { open: (fault?: Fault) => Promise<Opened>; faults: FaultCase[] },
): void {
  const { inbound } = connector
  if (!inbound || !given) throw new Error(`${connector.name} calls us: give examples of that.`)
  const { calls, sign } = given
  const read = ({ body, headers, query = {} }: ExampleCall): HookEvent | undefined => {
    const names = inbound.reads.filter((name) => (headers[name] ?? query[name]) !== undefined)
    const values = names.map((name) => [name, headers[name] ?? query[name]])
    return inbound.read({ body: Buffer.from(body), given: Object.fromEntries(values) })
  }

  describe('what it tells', () => {
    test('has a name, an object it has, and an example; what is read again can be found', () => {
      const objects = new Map(connector.objects.map((object) => [object.key, object]))
      expect(Object.keys(calls).sort()).toEqual(inbound.triggers.map(({ key }) => key).sort())
      for (const { key, name, object } of inbound.triggers) {
        expect(key).toMatch(/^[a-z][a-z0-9_]*$/)
        expect(name).toMatch(/\S/)
        expect(objects.has(object)).toBe(true)
        if (!inbound.check) expect(objects.get(object)?.find).toBeDefined()
      }
      for (const name of [...inbound.reads, inbound.keyHeader ?? 'x']) expect(name).toBe(name.toLowerCase())
      expect(inbound.reads).not.toContain(inbound.keyHeader)
      expect(inbound.check === undefined).toBe(sign === undefined)
    })

    test.for(Object.entries(calls))('%s is read, each time the same', ([trigger, { call, objectId }]) => {
      expect(read(call)).toMatchObject({ trigger, objectId })
      expect(read(call)).toEqual(read(call))
    })

    test.for(Object.entries(calls))('whatever else comes as %s is nothing, and breaks nothing', ([, { call }]) => {
      const bodies = ['', 'null', '[]', '{}', '{"a":', '"text"', '[['.repeat(50_000), '\u0000', 'x'.repeat(200_000)]
      for (const body of bodies) {
        const odd = Object.fromEntries(inbound.reads.map((name) => [name, body.slice(0, 5000)]))
        for (const headers of [{}, odd]) {
          const event = read({ body, headers })
          if (event) expect(event.objectId).toMatch(/^[\x21-\x7e]{1,128}$/)
        }
        read({ ...call, body })
      }
    })

    test.for(Object.entries(calls))('what %s is about can be looked up there', async ([trigger, { objectId }]) => {
      if (inbound.check) return
      const { context } = await open()
      const kind = inbound.triggers.find(({ key }) => key === trigger)?.object
      const find = connector.objects.find(({ key }) => key === kind)?.find
      expect(await find?.(context, { id: objectId })).toMatchObject({ id: objectId })
    })
  })

  describe.runIf(inbound.check)('its signature', () => {
    const now = Date.parse('2026-05-04T10:00:00Z')
    const judge = (call: ExampleCall, credentials: object, at = now) =>
      inbound.check?.({ body: Buffer.from(call.body), headers: call.headers }, { credentials, now: at })

    test.for(Object.entries(calls))('is asked for with %s', async ([, { call }]) => {
      const { sandbox } = await open()
      const signed = sign?.(call, { credentials: sandbox.credentials, now }) ?? call
      expect(judge(signed, sandbox.credentials)).toBe('ok')
      expect(judge(call, sandbox.credentials)).toBe('refused')
      expect(judge({ ...signed, body: `${signed.body} ` }, sandbox.credentials)).toBe('refused')
      for (const [name, value] of Object.entries(signed.headers)) {
        if (call.headers[name] === value) continue // not part of it
        for (const forged of ['', 'x', value.slice(1), `${value}0`, value.toUpperCase(), `${value}, ${value}x`]) {
          if (forged === value) continue
          const headers = { ...signed.headers, [name]: forged }
          expect([name, forged, judge({ ...signed, headers }, sandbox.credentials)]).toEqual([name, forged, 'refused'])
        }
      }
    })
  })

  describe.runIf(inbound.registration)('our address there', () => {
    const address = { url: 'https://app.example.com/hooks/some-id/SECRETsecretSECRETsecretSECRETsecret', key: 'KEYkey' }
    const registration = inbound.registration as NonNullable<typeof inbound.registration>

    test('is registered, listed and removed, and removing it again is nothing to do', async () => {
      const { sandbox, context } = await open()
      const before = await registration.list(context)
      const ids = await registration.register(context, address)
      expect(ids.length).toBeGreaterThan(0)
      expect(sandbox.webhooks?.().map(withoutQuery)).toContain(address.url)
      const listed = (await registration.list(context)).filter(({ id }) => ids.includes(id))
      expect(listed.map(({ url }) => withoutQuery(url))).toEqual(ids.map(() => address.url))
      for (const id of ids) await registration.remove(context, id)
      expect(await registration.list(context)).toEqual(before)
      expect(sandbox.webhooks?.().map(withoutQuery)).not.toContain(address.url)
      for (const id of ids) await registration.remove(context, id)
    })

    test.for(faults)('under $name it tells what is wrong, and not the secret', async ({ fault, code, mayPass }) => {
      const { sandbox, context } = await open(fault)
      const body =
        fault.status && fault.status < 500 ? { Message: `no ${address.url} with ${address.key}` } : fault.body
      sandbox.fail({ ...fault, ...(body && { body }), times: 100 })
      const secrets = [...sandbox.secrets, address.url.split('/').at(-1) ?? '']
      expectTrouble(await troubleOf(registration.register(context, address)), code, secrets)
      expectTrouble(await troubleOf(registration.list(context)), code, secrets)
      const removed = await registration.remove(context, '1').catch((error: unknown) => error)
      if (!mayPass) expectTrouble(removed, code, secrets)
    })
  })
}

const withoutQuery = (url: string): string => url.split('?')[0] ?? ''
