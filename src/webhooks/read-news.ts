import type { Connector, ObjectType } from '../connectors/connector.ts'
import type { FieldValues } from '../lib/field.ts'
import { isPolled, readPolled } from './polled-news.ts'
import { readHook } from './read-hook.ts'

/** What a delivery of a partner's says, whoever found it out. */
export type PartnerNews = {
  trigger: string
  objectId: string
  occurredAt: Date | null
  /** Nothing of what was neither signed nor asked for. */
  data: Record<string, unknown>
  /** Those it was asked for with; undefined where the partner called. */
  options?: FieldValues
  /** Reads the record as it is there now; undefined where it is not to be read, or cannot be. */
  find: ObjectType<object>['find'] | undefined
}

/** Undefined for what cannot be read. */
export const readNews = (
  connector: Connector,
  { body, headers }: { body: Buffer; headers: Readonly<Record<string, string>> },
): PartnerNews | undefined => (isPolled(headers) ? askedFor(connector, body) : called(connector, { body, headers }))

function askedFor(connector: Connector, body: Buffer): PartnerNews | undefined {
  const news = readPolled(connector, body)
  if (!news) return undefined
  const { trigger, objectId, data, options } = news
  return { trigger, objectId, data, options, occurredAt: timeOf(news.occurredAt), find: findOf(connector, news) }
}

/** What a partner signs is taken as it says; of anything else the record is read again. */
function called(
  connector: Connector,
  { body, headers }: { body: Buffer; headers: Readonly<Record<string, string>> },
): PartnerNews | undefined {
  const { inbound } = connector
  const news = inbound && readHook(inbound, { body, given: headers })
  if (!news) return undefined
  const { trigger, objectId } = news
  const common = { trigger, objectId, occurredAt: timeOf(news.occurredAt) }
  if (inbound.check) return { ...common, data: news.data, find: undefined }
  const find = findOf(connector, news)
  if (!find) throw new Error(`${connector.name} cannot look up what its trigger ${trigger} is about.`)
  return { ...common, data: {}, find }
}

function findOf({ inbound, triggers, objects }: Connector, { trigger }: { trigger: string }): PartnerNews['find'] {
  const kind = [...triggers, ...(inbound?.triggers ?? [])].find(({ key }) => key === trigger)?.object
  return objects.find(({ key }) => key === kind)?.find
}

function timeOf(text: string | null): Date | null {
  const time = Date.parse(text ?? '')
  return Number.isNaN(time) ? null : new Date(time)
}
