import { onTestFinished } from 'vitest'
import { activeTrail } from '../../src/connectors/activetrail/index.ts'
import type { ActionResult, ConnectorContext, PartnerEvent } from '../../src/connectors/connector.ts'
import type { FieldValues } from '../../src/lib/field.ts'
import { createHttpClient } from '../../src/lib/http-client.ts'
import type { Modes } from '../../src/sandbox/activetrail/modes.ts'
import { createActiveTrailSandbox } from '../../src/sandbox/activetrail/sandbox.ts'
import type { BatterySandbox } from '../contract/connector-battery.ts'
import { listen } from '../support/listen.ts'
import { happenings, stage } from './activetrail-happenings.ts'

const NOW = Date.parse('2026-05-04T10:00:00Z')

export async function makeSandbox(): Promise<
  BatterySandbox & Pick<ReturnType<typeof createActiveTrailSandbox>, 'control'>
> {
  const { handler, control, token, close } = createActiveTrailSandbox({ now: () => NOW })
  const server = await listen(handler)
  const { id: groupId } = control.createGroup('Students')
  const { id: memberId } = control.createContact({ email: 'member@example.com', sms: '+972501230000' })
  control.addMember(groupId, memberId)
  const place = stage(control, { groupId, memberId })
  return {
    apiUrl: `${server.url}/api`,
    credentials: { token },
    secrets: [token],
    control,
    fail: control.fail,
    recover: control.clearFaults,
    now: () => NOW,
    happenings: happenings(control, place),
    webhooks: () => control.webhooks().map(({ url }) => url),
    state: () => [
      [control.contacts(), control.groups(), control.journeyStarts(), control.campaignSends()],
      [control.campaigns(), control.smsCampaigns(), control.automations(), control.journeyRuns()],
      [control.mailingLists(), control.externalIds(), control.operationalMails(), control.credits()],
    ],
    close: async () => {
      await server.close()
      await close()
    },
  }
}

/** A sandbox in the given modes, and a way to run actions against it. */
export async function start(modes: Partial<Modes> = {}) {
  const sandbox = await makeSandbox()
  onTestFinished(sandbox.close)
  const { control, apiUrl, credentials } = sandbox
  control.setModes(modes)
  const context: ConnectorContext = { http: createHttpClient(), apiUrl, credentials, now: control.now }

  async function run(key: string, input: object): Promise<ActionResult> {
    const action = activeTrail.actions.find((one) => one.key === key)
    if (!action) throw new Error(`There is no action ${key}.`)
    return await action.run(context, action.input.parse(input))
  }
  const stored = (id: string | number | null) => control.contacts().find((contact) => contact.id === Number(id))
  const writes = () => control.requests().filter(({ method }) => method !== 'GET')

  /** Polls until there is no more. */
  async function sweep(key: string, from: string | null, options: FieldValues = {}) {
    const trigger = activeTrail.triggers.find((one) => one.key === key)
    if (!trigger) throw new Error(`There is no trigger ${key}.`)
    const events: PartnerEvent[] = []
    let [cursor, polls] = [from, 0]
    for (let isMore = true; isMore; polls += 1) {
      const told = await trigger.poll(context, { cursor, options })
      events.push(...told.events)
      cursor = told.cursor
      isMore = told.isMore ?? false
    }
    return { events, cursor: cursor as string, polls }
  }
  return { control, context, run, stored, writes, sweep }
}
