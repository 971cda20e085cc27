import type { Clock } from '../../lib/clock.ts'
import { createPersistedState } from '../support/persisted-state.ts'
import type { Contact, Data } from './data.ts'
import type { InstallHistory } from './install-history.ts'
import type { BurstKind } from './rate-limits.ts'
import type { AppRegistration, ClientKey } from './registration.ts'
import { seedData } from './seed.ts'
import { openTables, type Tables } from './tables.ts'

/** The registration with its client keys as they are now. */
export type Registered = Omit<AppRegistration, 'clientId' | 'clientSecret'> & { clients: ClientKey[] }

/** What every part of the sandbox shares. */
export type World = Tables & {
  data: Omit<Data, keyof Tables>
  registration: Registered
  installHistory: InstallHistory
  /** Contacts as they were before their latest changes, oldest first, while the search lags behind. */
  earlierContacts: Map<string, Contact[]>
  switches: Switches
  now: Clock
  changed(): void
  flush(): Promise<void>
}

/** How the platform behaves; tests turn these. */
export type Switches = {
  tokenLifetimeSeconds: number
  /** HighLevel has been seen to leave `expires_in` out. */
  tellsLifetime: boolean
  burstLimit: number
  burstIntervalMs: number
  burstKind: BurstKind
  dailyLimit: number
  tokenRequestsPerSecond: number
  /** After an uninstall access tokens live on for so long; nothing says how long they do. */
  tokensOutliveUninstallMs: number
  /** The list of installed locations shows what was so long ago. */
  installedListLagMs: number
  /** What is new or changed of contacts reaches the search index this much later. */
  searchLagMs: number
  /** More filters than this in one search are refused; no document names a limit. */
  searchFilterLimit: number
  /** Properties that a written contact does not keep, although nothing is refused. */
  droppedFields: string[]
  dndHabit: 'merges' | 'replaces'
  /** How long the host waits before it answers REQUEST_USER_DATA. */
  userDataDelayMs: number
  /** TaskCreate `as seen` names neither its contact nor its body, although it does `as documented` (issue 332). */
  newTasks: 'as seen' | 'as documented'
  /** What the search for tasks, whose items nothing describes, calls an id. */
  taskSearchId: '_id' | 'id'
}

export function createWorld(options: { registration: AppRegistration; stateFile?: string; now?: Clock }): World {
  const toText = (): string => JSON.stringify({ ...data, ...tables })
  const store = createPersistedState(options.stateFile, seedData, toText)
  // A state that was written before there were tasks is one without any.
  const { locations, contacts, tasks = [], notes = [], ...more } = store.state
  const { appointments = [], opportunities = [], enrolments = [], installs, tokens, ...rest } = more
  const data = { ...rest, enrolments }
  const tables = openTables({ locations, contacts, tasks, notes, appointments, opportunities, installs, tokens })
  const realNow = options.now ?? Date.now
  return {
    ...tables,
    data,
    registration: register(options.registration),
    installHistory: new Map(),
    earlierContacts: new Map(),
    switches: {
      tokenLifetimeSeconds: 86_399,
      tellsLifetime: true,
      burstLimit: 100,
      burstIntervalMs: 10_000,
      burstKind: 'sliding',
      dailyLimit: 200_000,
      tokenRequestsPerSecond: Number.POSITIVE_INFINITY,
      tokensOutliveUninstallMs: 0,
      installedListLagMs: 0,
      searchLagMs: 0,
      searchFilterLimit: Number.POSITIVE_INFINITY,
      droppedFields: [],
      dndHabit: 'merges',
      userDataDelayMs: 0,
      newTasks: 'as seen',
      taskSearchId: '_id',
    },
    now: () => realNow() + data.clockOffset,
    changed: store.changed,
    flush: store.flush,
  }
}

const register = ({ clientId, clientSecret, clients, ...rest }: AppRegistration): Registered => ({
  ...rest,
  clients: structuredClone(clients ?? [{ clientId, clientSecrets: [clientSecret] }]),
})
