import type { ActiveTrailSandbox } from '../../src/sandbox/activetrail/sandbox.ts'

/** Counts what reached the partner while it lasts: the recorder keeps the latest requests only. */
export function countWrites(activeTrail: ActiveTrailSandbox): { stop(): Map<string, number> } {
  const writes = new Map<string, number>()
  const collect = (): void => {
    for (const { method, path, body } of activeTrail.control.requests()) {
      if (method !== 'POST' || !path.endsWith('/contacts')) continue
      const email = String((body as { email?: unknown } | null)?.email)
      writes.set(email, (writes.get(email) ?? 0) + 1)
    }
    activeTrail.control.clearRequests()
  }
  const timer = setInterval(collect, 300)
  return {
    stop: () => {
      clearInterval(timer)
      collect()
      return writes
    },
  }
}
