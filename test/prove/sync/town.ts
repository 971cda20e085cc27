import { hookRegistered } from '../../support/hooked.ts'
import type { Line } from '../../support/line.ts'
import { createRandom, type Random } from '../../support/random.ts'
import { keepBothWays, quiet, type TwoWayRules } from '../../support/two-way.ts'
import { connectTenant } from '../../webhooks/tenants.ts'
import { carryOutAll, type Tenant } from './carry-out.ts'
import { POLICIES, type Round } from './edits.ts'
import type { People } from './expected.ts'
import { type Identities, noteIdentities } from './needless-writes.ts'
import { planRounds, type ScriptSize } from './plan-rounds.ts'
import { GONE_TAG, type Problems, problemsOf } from './problems-of.ts'

/** Locations side by side, each with the script of a seed of its own. */
export type Town = { tenant: Tenant; seed: number; rounds: Round[]; people: People }[]

export async function openTown(
  line: Line,
  seeds: readonly number[],
  size: ScriptSize,
  rules: TwoWayRules = RULES,
): Promise<Town> {
  const town: Town = []
  const { control } = line.highLevel
  const missing = seeds.length - control.locations().length
  if (missing > 0) control.createLocations(String(control.companies()[0]?.id), missing)
  for (const [index, seed] of seeds.entries()) {
    const { tenantId, locationId, token } = await connectTenant(line, index)
    const { id: connectionId } = await line.database.system
      .sql('connections')
      .where({ tenant_id: tenantId })
      .first('id')
    const tenant = { index, tenantId, locationId, token, connectionId }
    town.push({ tenant, seed, ...planRounds(createRandom(seed), size) })
  }
  for (const { tenant } of town) {
    await hookRegistered(line, tenant.connectionId)
    await keepBothWays(line, tenant, rules)
  }
  return town
}

const RULES: TwoWayRules = {
  policies: POLICIES,
  onDelete: { highlevel: { kind: 'archive' }, partner: { kind: 'tag', tag: GONE_TAG } },
}

export type Happening = {
  random: Random
  /** Makes trouble before a round's edits. */
  trouble?(round: number): void
  pauseMs: number
  quietMs: number
}

/** All rounds, each of all tenants at once, with everything quiet in between. Tells whose the records are. */
export async function liveThrough(
  line: Line,
  town: Town,
  { random, trouble, pauseMs, quietMs }: Happening,
): Promise<Identities> {
  const known: Identities = new Map()
  for (const round of town[0]?.rounds.keys() ?? []) {
    const work = town.map(({ tenant, rounds }) => ({ tenant, edits: rounds[round]?.edits ?? [] }))
    const isAtOnce = town[0]?.rounds[round]?.kind === 'at once'
    trouble?.(round)
    if (isAtOnce) {
      line.highLevel.control.holdWebhooks()
      line.activeTrail.control.holdHooks()
    }
    await carryOutAll(line, random, work, isAtOnce ? 0 : pauseMs)
    if (isAtOnce) {
      line.highLevel.control.releaseWebhooks(random.pick(['in order', 'reversed']))
      line.activeTrail.control.releaseHooks(random.pick(['in order', 'reversed']))
    }
    await quiet(line, null, quietMs)
    await makeUp(line, quietMs)
    noteIdentities(line, town, known)
  }
  return known
}

/**
 * A web process that cannot store in time asks to be called again later, which ActiveTrail is not known to do: polls find it some
 * minutes later. Here the next thing that is told of the same contact does.
 */
async function makeUp(line: Line, quietMs: number): Promise<void> {
  const { control } = line.activeTrail
  for (let left = refusedCalls(line); left.length > 0; left = refusedCalls(line)) {
    for (const call of left) {
      madeUp.add(nameOf(call))
      control.editContact(Number(call.headers['x-causeway-contact']), { ext1: `Told again ${Math.random()}` })
    }
    await quiet(line, null, quietMs)
  }
}

type Call = ReturnType<Line['activeTrail']['control']['hookCalls']>[number] & { number: number }

const madeUp = new Set<string>()
const nameOf = ({ url, number }: Call): string => `${url} ${number}`

const refusedCalls = (line: Line): Call[] =>
  line.activeTrail.control
    .hookCalls()
    .map((call, number) => ({ ...call, number }))
    .filter((call) => call.status !== 200 && !madeUp.has(nameOf(call)))

export type Verdict = { seed: number; problems: Problems }[]

export const judge = (line: Line, town: Town): Promise<Verdict> =>
  Promise.all(
    town.map(async ({ tenant, seed, people }) => ({ seed, problems: await problemsOf(line, tenant, people) })),
  )

/** A sentence for each, with the seed that makes it happen again. */
export const problemList = (verdict: Verdict): string[] =>
  verdict.flatMap(({ seed, problems }) =>
    Object.entries(problems).flatMap(([check, all]) => all.map((one) => `${seed} ${check}: ${one}`)),
  )
