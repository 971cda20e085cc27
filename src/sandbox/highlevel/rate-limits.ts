import type { Response } from 'express'
import { refusal } from './refusal.ts'
import type { World } from './world.ts'

const SECOND_MS = 1000
const DAY_MS = 24 * 3600 * SECOND_MS

/** The documents say "100 per 10 seconds" and not which ten: those of the clock's window, or any. */
export type BurstKind = 'fixed window' | 'sliding'

type Window = { startedAt: number; used: number }
/** `times`: of the requests that were let through, for one interval. */
type Usage = { burst: Window; times: number[]; daily: Window }

export type RateLimits = {
  /** Counts a request of a tenant, or refuses it with 429. */
  take(resourceId: string, res: Response): void
  takeFromTokenEndpoint(): void
}

/** HighLevel docs, rate limits: a burst and a daily limit per app and resource (location or company). */
export function createRateLimits(world: World): RateLimits {
  const usages = new Map<string, Usage>()
  let tokenEndpoint: Window = { startedAt: 0, used: 0 }

  function usageOf(resourceId: string): Usage {
    const now = world.now()
    const { burstIntervalMs } = world.switches
    const usage = usages.get(resourceId)
    const fresh = {
      burst: current(usage?.burst, burstIntervalMs, now),
      times: since(now - burstIntervalMs, usage?.times ?? []),
      daily: current(usage?.daily, DAY_MS, now),
    }
    usages.set(resourceId, fresh)
    return fresh
  }

  function take(resourceId: string, res: Response): void {
    const { burst, times, daily } = usageOf(resourceId)
    const { burstLimit, burstKind, burstIntervalMs, dailyLimit } = world.switches
    const inInterval = (): number => (burstKind === 'sliding' ? times.length : burst.used)
    const isOver = inInterval() >= burstLimit || daily.used >= dailyLimit
    if (!isOver) {
      burst.used += 1
      times.push(world.now())
      daily.used += 1
    }
    res.set({
      'X-RateLimit-Limit-Daily': String(dailyLimit),
      'X-RateLimit-Daily-Remaining': String(Math.max(0, dailyLimit - daily.used)),
      'X-RateLimit-Interval-Milliseconds': String(burstIntervalMs),
      'X-RateLimit-Max': String(burstLimit),
      'X-RateLimit-Remaining': String(Math.max(0, burstLimit - inInterval())),
    })
    // Without a Retry-After, for none is documented.
    if (isOver) throw refusal('tooManyRequests')
  }

  /** No limit is documented here, but 429s were seen when an agency installed for hundreds of locations. */
  function takeFromTokenEndpoint(): void {
    tokenEndpoint = current(tokenEndpoint, SECOND_MS, world.now())
    if (tokenEndpoint.used >= world.switches.tokenRequestsPerSecond) throw refusal('tooManyRequests')
    tokenEndpoint.used += 1
  }

  return { take, takeFromTokenEndpoint }
}

const current = (window: Window | undefined, lengthMs: number, now: number): Window =>
  window !== undefined && now - window.startedAt < lengthMs ? window : { startedAt: now, used: 0 }

/** The list itself while nothing in it is too old: with each request it would be long work to copy it. */
function since(start: number, times: number[]): number[] {
  const first = times.findIndex((time) => time > start)
  if (first === 0) return times
  return first === -1 ? [] : times.slice(first)
}
