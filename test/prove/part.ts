import type { EmbeddedServerOptions } from '../../src/db/embedded-server.ts'
import type { Finding } from './finding.ts'
import type { Ground } from './ground.ts'

/** How much of it: what `npm run prove -- intake` takes unless told, what flags make larger, what the suite makes small. */
export type Sizes = {
  /** kill -9 of web, worker and Postgres at moments of chance. */
  kills: number
  /** kill -9 at each named point. */
  points: number
  /** Of a killed worker, timed one by one. */
  recoveries: number
  /** SIGTERM of a web process under load. */
  restarts: number
  /** Deliveries a second while processes restart. */
  rate: number
  /** Deliveries that wait at once. */
  backlog: number
  /** Tenants among whom they are. */
  tenants: number
  /** How long one state of affairs is watched. */
  seconds: number
  /** Contacts whose history arrives in an order of chance. */
  histories: number
  /** The same event over and over. */
  repeats: number
  /** Contacts that are brought over. */
  contacts: number
  /** A migration killed at so many of its steps. */
  steps: number
}

export type Part = {
  about: string
  /** Left out unless it is named. */
  onlyIfAsked?: true
  prove(ground: Ground, sizes: Sizes): Promise<Finding[]>
  /** For a ground that is not like the others. A sentence says why it cannot be had here. */
  prepare?(): Promise<{ postgres: EmbeddedServerOptions; undo(): Promise<void> } | string>
}
