import type { Hit, Shot } from './load-process.ts'
import { type Quantiles, quantilesOf } from './quantiles.ts'
import type { BenchEvent } from './sandbox-process.ts'
import { arrivals } from './schedule.ts'
import type { Stranger } from './settle-in.ts'
import type { Town } from './town.ts'

/** What cannot be left out, alone and at the same rate. */
export type Floors = {
  /** A signed POST to Express and Ed25519, where nothing is stored. */
  receive: Quantiles
  /** One row inserted and committed. */
  commit: Quantiles
  /** One contact read at the HighLevel sandbox. */
  read: Quantiles
  /** One contact written at the ActiveTrail sandbox. */
  write: Quantiles
}

export type FloorsOptions = { rate: number; seconds: number; random: () => number; strangers: Stranger[] }

export async function measureFloors(town: Town, options: FloorsOptions): Promise<Floors> {
  const { strangers } = options
  const stranger = (index: number): Stranger => strangers[index % strangers.length] as Stranger
  const times = () => arrivals(options.random, options)
  const fire = async (url: string, shot: (index: number) => Omit<Shot, 'key' | 'at'>): Promise<Quantiles> => {
    const shots = times().map((at, index) => ({ key: String(index), at, ...shot(index) }))
    return latencies(await town.load.ask('fire', { url, shots }))
  }
  const [event] = await town.sandbox.ask('change', { create: 1, update: [] })
  if (!event) throw new Error('The sandbox made no contact.')
  const webhook = webhookShot(event)
  await town.sandbox.ask('slowDown', { ms: 0 })
  return {
    receive: await fire(town.floorUrl, () => webhook),
    commit: latencies(await town.load.ask('commit', { url: town.databaseUrl, times: times() })),
    read: await fire(town.highLevelUrl, (index) => readShot(stranger(index))),
    write: await fire(town.activeTrailUrl, (index) => writeShot(stranger(index), options.random())),
  }
}

export const webhookShot = ({ body, signature }: BenchEvent): Omit<Shot, 'key' | 'at'> => ({
  method: 'POST',
  path: '/webhooks/highlevel',
  headers: { 'content-type': 'application/json', 'user-agent': 'axios/1.8.4', 'x-ghl-signature': signature },
  body,
})

const readShot = ({ contactId, accessToken }: Stranger): Omit<Shot, 'key' | 'at'> => ({
  method: 'GET',
  path: `/contacts/${contactId}`,
  headers: { authorization: `Bearer ${accessToken}`, version: '2021-07-28' },
})

const writeShot = ({ activeTrailToken }: Stranger, draw: number): Omit<Shot, 'key' | 'at'> => ({
  method: 'POST',
  path: '/api/contacts',
  headers: { authorization: activeTrailToken, 'content-type': 'application/json' },
  body: JSON.stringify({ email: `stranger.${Math.floor(draw * 1e6)}@example.com`, first_name: 'Dana', city: 'Haifa' }),
})

function latencies(hits: Hit[]): Quantiles {
  const failed = hits.filter(({ status }) => status !== 200)
  if (failed.length > 0) throw new Error(`A floor was answered ${failed[0]?.status}, ${failed.length} times.`)
  return quantilesOf(hits.map(({ due, done }) => done - due))
}
