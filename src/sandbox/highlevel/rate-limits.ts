import type { Response } from 'express'
import { Refusal } from './refusal.ts'
import type { World } from './world.ts'

const INTERVAL_MS = 10_000
const DAY_MS = 24 * 3_600_000

type Window = { startedAt: number; used: number }
type Usage = { burst: Window; daily: Window }

export type RateLimits = { take(resourceId: string, res: Response): void }

/** HighLevel docs, rate limits: a burst and a daily limit per app and resource (location or company). */
export function createRateLimits(world: World): RateLimits {
  const usages = new Map<string, Usage>()

  function usageOf(resourceId: string): Usage {
    const now = world.now()
    const usage = usages.get(resourceId)
    const fresh = {
      burst: current(usage?.burst, INTERVAL_MS, now),
      daily: current(usage?.daily, DAY_MS, now),
    }
    usages.set(resourceId, fresh)
    return fresh
  }

  function take(resourceId: string, res: Response): void {
    const { burst, daily } = usageOf(resourceId)
    const { burstLimit, dailyLimit } = world.switches
    const isOver = burst.used >= burstLimit || daily.used >= dailyLimit
    if (!isOver) {
      burst.used += 1
      daily.used += 1
    }
    res.set({
      'X-RateLimit-Limit-Daily': String(dailyLimit),
      'X-RateLimit-Daily-Remaining': String(Math.max(0, dailyLimit - daily.used)),
      'X-RateLimit-Interval-Milliseconds': String(INTERVAL_MS),
      'X-RateLimit-Max': String(burstLimit),
      'X-RateLimit-Remaining': String(Math.max(0, burstLimit - burst.used)),
    })
    // The shape of this body and a Retry-After are not documented: clients must do without.
    if (isOver) throw new Refusal(429, { statusCode: 429, message: 'Too Many Requests' })
  }

  return { take }
}

const current = (window: Window | undefined, lengthMs: number, now: number): Window =>
  window !== undefined && now - window.startedAt < lengthMs ? window : { startedAt: now, used: 0 }
