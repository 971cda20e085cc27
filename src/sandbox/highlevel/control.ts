import type { Faults } from '../support/faults.ts'
import type { Recorder } from '../support/recorder.ts'
import { activityControl } from './control-activities.ts'
import { clientControl } from './control-clients.ts'
import { contactControl } from './control-contacts.ts'
import { installControl } from './control-installs.ts'
import { lifecycleControl } from './control-lifecycle.ts'
import { tokenControl } from './control-tokens.ts'
import { webhookControl } from './control-webhooks.ts'
import type { InstallDeps } from './installs.ts'
import { faultOf, type PlatformFault } from './platform-fault.ts'
import type { BurstKind } from './rate-limits.ts'
import { sealUserData } from './user-data.ts'
import type { Registered } from './world.ts'

export type ControlDeps = InstallDeps & { recorder: Recorder; faults: Faults }
export type Control = ReturnType<typeof createControl>

/** What tests and developers may do from outside: look, act as people in HighLevel, move the clock, cause trouble. */
export function createControl(deps: ControlDeps) {
  const { world, webhooks, recorder, faults } = deps
  return {
    now: (): number => world.now(),
    /** Moves the clock; retries that are due then go out. */
    advance: (ms: number): number => {
      world.data.clockOffset += ms
      world.changed()
      webhooks.wake()
      return world.now()
    },
    flush: (): Promise<void> => world.flush(),

    requests: recorder.list,
    clearRequests: recorder.clear,
    failNext: (fault: PlatformFault): void => faults.add(faultOf(fault)),
    clearFaults: faults.clear,

    /** Where the app can be reached is often known only once it runs. Client keys have functions of their own. */
    updateRegistration: (changes: Partial<Omit<Registered, 'clients'>>): void => {
      Object.assign(world.registration, changes)
    },
    /** What is left out stays as it is. `sliding`: no ten seconds have more; a `fixed window` begins with a request. */
    setRateLimit: (limits: { burst?: number; intervalMs?: number; daily?: number; kind?: BurstKind }): void => {
      world.switches.burstIntervalMs = limits.intervalMs ?? world.switches.burstIntervalMs
      world.switches.burstLimit = limits.burst ?? world.switches.burstLimit
      world.switches.burstKind = limits.kind ?? world.switches.burstKind
      world.switches.dailyLimit = limits.daily ?? world.switches.dailyLimit
    },
    /** `null`: no limit, as from the start. */
    setTokenEndpointLimit: (limit: { perSecond: number } | null): void => {
      world.switches.tokenRequestsPerSecond = limit?.perSecond ?? Number.POSITIVE_INFINITY
    },
    sealUserData: (userId: string, locationId: string | null): string => sealUserData(world, userId, locationId),
    setUserDataDelay: (ms: number): void => {
      world.switches.userDataDelayMs = ms
    },

    ...activityControl(deps),
    ...clientControl(world),
    ...contactControl(deps),
    ...installControl(deps),
    ...lifecycleControl(deps),
    ...tokenControl(world),
    ...webhookControl(deps),
  }
}
