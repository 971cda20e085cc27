import { setTimeout as sleep } from 'node:timers/promises'
import { isTrouble, type Trouble } from '../lib/trouble.ts'
import type { HighLevelApi, HighLevelRequest } from './api.ts'

/** Again at once, after a moment that differs from call to call. */
const MOST_RETRIES = 2
const WAIT_MS = { least: 50, most: 250 }

/** Each call earns a tenth of a retry; so many can be saved up. More would double the load of a platform in trouble. */
const EARNED = 0.1
const MOST_SAVED = 10

type RetryOptions = {
  /** Between 0 and 1. */
  chance?: () => number
  wait?: (ms: number) => Promise<unknown>
}

/**
 * Repeats at once what a connection that broke off, or a gateway (502, 503), kept from being answered: only what reads, and
 * writes that do nothing more when they are sent twice. Not what was not answered in time: that has waited long enough.
 */
export function retryBriefly(api: HighLevelApi, options: RetryOptions = {}): HighLevelApi {
  const { chance = Math.random, wait = sleep } = options
  let saved = 0
  return async (request) => {
    saved = Math.min(MOST_SAVED, saved + EARNED)
    for (let retries = 0; ; retries++) {
      try {
        return await api(request)
      } catch (error) {
        const isWorthIt = isRepeatable(request) && isTrouble(error) && mayHealAtOnce(error)
        if (!isWorthIt || retries >= MOST_RETRIES || saved < 1) throw error
        saved -= 1
        await wait(WAIT_MS.least + chance() * (WAIT_MS.most - WAIT_MS.least))
      }
    }
  }
}

const isRepeatable = ({ method, repeatable = false }: HighLevelRequest): boolean => method === 'GET' || repeatable

/** Whoever is asked to wait, waits. */
const mayHealAtOnce = ({ code, status, retryAfterMs, cause }: Trouble): boolean =>
  retryAfterMs === undefined && (status === 502 || status === 503 || (code === 'unreachable' && !isTimeout(cause)))

const isTimeout = (cause: unknown): boolean => cause instanceof Error && cause.name === 'TimeoutError'
