import { type Permit, PRIORITIES, type Priority } from '../highlevel/pace.ts'
import { Trouble } from '../lib/trouble.ts'
import type { Visited } from './call-permit-store.ts'

export type WaitingCall = { go(permit: Permit): void; fail(error: unknown): void }

/** Calls of this process that wait for a permit, by tenant and class, in the order in which they came. */
export type WaitingCalls = {
  add(tenantId: string, priority: Priority, call: WaitingCall): void
  /** Tenants for whom it is time to look, up to so many. Times are of `performance.now()`. */
  due(at: number, most: number): string[]
  nextDueAt(): number | undefined
  wanted(tenantId: string): Record<Priority, number>
  /** One permit that nobody waits for any more is lost: it was taken for a call that has given up. */
  letThrough(tenantId: string, priority: Priority, permit: Permit): void
  /** Until there may be something for those who still wait; who cannot wait for that gives up at once. */
  putOff(visited: Visited, mostMs: number): void
  failAll(tenantId: string, error: unknown): void
}

/** How long a call waits for its turn. A person looks at a page; of an import nobody knows when it ends. */
export const PATIENCE_MS: Readonly<Record<Priority, number>> = {
  interactive: 5000,
  live: 30_000,
  reconcile: 2 * 60_000,
  backfill: 10 * 60_000,
}

type Patient = WaitingCall & { until: number }
type Queue = { dueAt: number; calls: Record<Priority, Patient[]> }

export function createWaitingCalls(): WaitingCalls {
  const queues = new Map<string, Queue>()
  const newQueue = (tenantId: string): Queue => {
    const queue = { dueAt: 0, calls: { interactive: [], live: [], reconcile: [], backfill: [] } }
    queues.set(tenantId, queue)
    return queue
  }
  return {
    add: (tenantId, priority, call) => {
      const queue = queues.get(tenantId) ?? newQueue(tenantId)
      const isFirst = queue.calls[priority].length === 0
      queue.calls[priority].push({ ...call, until: performance.now() + PATIENCE_MS[priority] })
      if (isFirst) queue.dueAt = 0 // of those before it, it is known how long they have to wait
    },
    due: (at, most) => {
      const due: string[] = []
      for (const [tenantId, { dueAt }] of queues) if (dueAt <= at && due.push(tenantId) === most) break
      return due
    },
    nextDueAt: () => {
      let next: number | undefined
      for (const { dueAt } of queues.values()) next = Math.min(dueAt, next ?? dueAt)
      return next
    },
    wanted: (tenantId) => countsOf(queues.get(tenantId)),
    letThrough: (tenantId, priority, permit) => queues.get(tenantId)?.calls[priority].shift()?.go(permit),
    putOff: (visited, mostMs) => {
      const queue = queues.get(visited.tenantId)
      if (!queue) return
      const now = performance.now()
      queue.dueAt = Number.POSITIVE_INFINITY
      for (const priority of PRIORITIES) {
        const waitMs = Math.max(1, visited.waitMs[priority])
        queue.calls[priority] = withoutImpatient(queue.calls[priority], priority, { now, waitMs, visited })
        if (queue.calls[priority].length === 0) continue
        queue.dueAt = Math.min(queue.dueAt, dueTogether(priority, now + Math.min(waitMs, mostMs), queues.size))
      }
      if (queue.dueAt === Number.POSITIVE_INFINITY) queues.delete(visited.tenantId)
    },
    failAll: (tenantId, error) => {
      const queue = queues.get(tenantId)
      queues.delete(tenantId)
      for (const priority of PRIORITIES) for (const { fail } of queue?.calls[priority] ?? []) fail(error)
    },
  }
}

const STEP_MS = 5
const LONGEST_STEP_MS = 200

/** The more tenants wait, the more of them are looked at together; those who are urgent are not kept waiting for that. */
function dueTogether(priority: Priority, at: number, tenants: number): number {
  if (priority === 'interactive' || priority === 'live') return at
  const step = Math.min(LONGEST_STEP_MS, STEP_MS * tenants)
  return Math.ceil(at / step) * step
}

const countsOf = (queue: Queue | undefined): Record<Priority, number> => ({
  interactive: queue?.calls.interactive.length ?? 0,
  live: queue?.calls.live.length ?? 0,
  reconcile: queue?.calls.reconcile.length ?? 0,
  backfill: queue?.calls.backfill.length ?? 0,
})

function withoutImpatient(
  calls: Patient[],
  priority: Priority,
  { now, waitMs, visited }: { now: number; waitMs: number; visited: Visited },
): Patient[] {
  const trouble = calls.some(({ until }) => until < now + waitMs) && tooLong(visited, priority, waitMs)
  if (!trouble) return calls
  for (const { until, fail } of calls) if (until < now + waitMs) fail(trouble)
  return calls.filter(({ until }) => until >= now + waitMs)
}

const tooLong = ({ stopped }: Visited, priority: Priority, waitMs: number): Trouble =>
  new Trouble('rate_limited', {
    detail: stopped[priority]
      ? sentences[priority]
      : 'The platform takes no more calls just now. It is tried again soon.',
    // Not all at the same moment.
    retryAfterMs: Math.ceil(Math.max(1000, waitMs) * (1 + Math.random() / 10)),
  })

const WAITS = "Most of today's calls to the platform are used. What can wait goes on by itself when its new day begins."
const ALL_WAITS = "Today's calls to the platform are used up. It goes on by itself when its new day begins."
const sentences: Readonly<Record<Priority, string>> = {
  interactive: ALL_WAITS,
  live: ALL_WAITS,
  reconcile: WAITS,
  backfill: WAITS,
}
