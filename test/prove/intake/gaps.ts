import { setTimeout as sleep } from 'node:timers/promises'
import { atMost, inSeconds, longest, none, shown } from '../finding.ts'
import type { Ground } from '../ground.ts'
import type { Part } from '../part.ts'

const TENANTS = 3
const CONTACTS = 10
/** Fifteen minutes, a round of the schedule, and the work itself. */
const GOAL_S = 16 * 60
const LOOKS_EVERY_MS = 2000
/** A tenth of a percent of a day's quota. */
const CALLS_A_DAY = 200
const DAY_MS = 86_400_000

type Change = { tenant: string; token: string; email: string; city: string }

/** Nobody hears of what was changed. In real time, so it takes a quarter of an hour: only when it is asked for. */
export const gaps: Part = {
  about: 'events that never arrive are found by looking, within a quarter of an hour (takes 17 minutes)',
  onlyIfAsked: true,
  prove: async (ground) => {
    const { control } = ground.line.highLevel
    await ground.start('worker')
    const changes: Change[] = []
    const people: { id: string; change: Change }[] = []
    for (let index = 0; index < TENANTS; index++) {
      const { locationId, token } = await ground.openTenant()
      for (let contact = 0; contact < CONTACTS; contact++) {
        const email = `missed-${index}-${contact}@example.com`
        control.dropNextWebhooks(1)
        const { id } = control.createContact(locationId, { email, firstName: 'Missed', city: 'Before' })
        people.push({ id, change: { tenant: locationId, token, email, city: `After ${contact}` } })
      }
    }
    await everybodyIsLookedAt(ground)
    for (const { id, change } of people) {
      control.dropNextWebhooks(1)
      control.updateContact(id, { city: change.city })
      changes.push(change)
    }
    control.clearRequests()
    const begunAt = performance.now()
    ground.say(`${changes.length} changes were made that nobody was told of`)
    const tookMs = await untilThere(ground, changes, begunAt)
    const searches = control.requests().filter(({ path }) => path.endsWith('/search')).length
    const callsADay = (searches / TENANTS) * (DAY_MS / (performance.now() - begunAt))
    return [
      shown('R4', 'changes of which no event arrived', changes.length),
      none('R4', 'changes not at the partner', changes.length - tookMs.length),
      atMost('R4', 'from the change to the partner, the longest', inSeconds(longest(tookMs)), GOAL_S),
      atMost('R4', 'calls to look for changes, of one tenant in a day', callsADay, CALLS_A_DAY, ''),
    ]
  },
}

/** The first look at a tenant only notes where to begin. */
async function everybodyIsLookedAt({ sql, say }: Ground): Promise<void> {
  say('waiting until every tenant has been looked at once')
  for (;;) {
    const { rows } = await sql.raw('select count(*) as waiting from poll_cursors where place is null')
    const { rows: known } = await sql.raw('select count(distinct tenant_id) as tenants from poll_cursors')
    if (Number(rows[0].waiting) === 0 && Number(known[0].tenants) >= TENANTS) return
    await sleep(LOOKS_EVERY_MS)
  }
}

/** How long each change took, in milliseconds; those that take too long are left out. */
async function untilThere({ line }: Ground, changes: readonly Change[], begunAt: number): Promise<number[]> {
  const tookMs = new Map<Change, number>()
  while (tookMs.size < changes.length && performance.now() - begunAt < (GOAL_S + 120) * 1000) {
    for (const change of changes) {
      const there = line.activeTrail.control.contacts(change.token).find(({ email }) => email === change.email)
      if (there?.city === change.city && !tookMs.has(change)) tookMs.set(change, performance.now() - begunAt)
    }
    await sleep(LOOKS_EVERY_MS)
  }
  return [...tookMs.values()]
}
