import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type InstallationFact, type InstallationState, learn } from '../../src/tenants/installation-state.ts'
import { unknownInstallation } from '../../src/tenants/installation-store.ts'

const SEED = 20_261_121
const SEQUENCES = 10_000

const nothing: InstallationState = {
  installation: unknownInstallation({ tenantId: 't', appId: 'app', companyId: null, locationId: 'location' }),
  pair: null,
}

/** Something that happened: what the platform tells, or (`of`) what it answered to the tokens of an authorization. */
type Happening = { of: null; fact: InstallationFact } | { of: number; says: Answer }

type Answer =
  | { kind: 'refused'; trouble: 'spent' | 'inactive' }
  | { kind: 'scope_refused'; scope: string }
  | { kind: 'renewed' }

/** Any of them may be left out, which says nothing. */
const details = fc.record(
  {
    companyId: fc.constantFrom('c1', 'c2'),
    versionId: fc.constantFrom('v1', 'v2', 'v3'),
    planId: fc.constantFrom('p1', 'p2'),
    companyName: fc.constantFrom('One', 'Two'),
    whiteLabelDomain: fc.constantFrom('one.example', null),
    installedBy: fc.constantFrom('u1', 'u2'),
  },
  { requiredKeys: [] },
)

const grant = fc.record({
  userType: fc.constant('Location' as const),
  scopes: fc.subarray(['contacts.readonly', 'contacts.write']),
  futureLocations: fc.boolean(),
})

/** What happens at one moment of a history, still without its time. */
const moment = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('installed' as const), details }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('uninstalled' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('authorized' as const), details, grant, claimed: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('claimed' as const), details }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('refused' as const),
      trouble: fc.constantFrom('spent' as const, 'inactive' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('renewed' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('scope_refused' as const),
      scope: fc.constantFrom('contacts.readonly', 'oauth.write'),
    }),
  },
)

/** In the order in which it happened. Answers are about the newest tokens there were then. */
const history = fc.array(moment, { minLength: 1, maxLength: 12 }).map((moments) => {
  const happenings: Happening[] = []
  let authorization = -1
  for (const [index, one] of moments.entries()) {
    const at = 1_000 + index
    if (one.kind === 'authorized') authorization = happenings.length
    if (one.kind === 'refused' || one.kind === 'scope_refused' || one.kind === 'renewed') {
      if (authorization >= 0) happenings.push({ of: authorization, says: one })
    } else happenings.push({ of: null, fact: { ...one, at } })
  }
  return happenings
})

/**
 * In another order, some of it more than once. Only our own calls keep their order: nobody is answered about tokens that
 * have not been given, or before the answer to an earlier call.
 */
const told = (happenings: Happening[]) =>
  fc.array(fc.nat(), { minLength: happenings.length * 2, maxLength: happenings.length * 2 }).map((choices) => {
    const waiting = [...happenings.keys()]
    const order: number[] = []
    for (const choice of choices) {
      const ready = waiting.filter((index) => mayBeTold(happenings, waiting, index))
      const next = ready[choice % Math.max(1, ready.length)]
      const repeated = order[choice % Math.max(1, order.length)]
      if (choice % 3 === 0 && repeated !== undefined && isRepeatable(happenings[repeated])) order.push(repeated)
      else if (next !== undefined) order.push(...waiting.splice(waiting.indexOf(next), 1))
    }
    while (waiting.length > 0) order.push(...waiting.splice(0, 1))
    return order
  })

function mayBeTold(happenings: Happening[], waiting: number[], index: number): boolean {
  const of = happenings[index]?.of
  if (of === null || of === undefined) return true
  return !waiting.some((other) => other === of || (other < index && happenings[other]?.of === of))
}

/** A code works once. */
const isRepeatable = (happening: Happening | undefined): boolean =>
  happening?.of === null && happening.fact.kind !== 'authorized'

/** What is known after all that was told, in this order. */
function tell(happenings: Happening[], order: number[]): InstallationState {
  const pairs = new Map<number, string>()
  let state = nothing
  for (const index of order) {
    const happening = happenings[index]
    if (!happening) continue
    if (happening.of === null) {
      const before = state
      state = learn(state, happening.fact)
      if (state.pair && state.pair.generation !== before.pair?.generation) pairs.set(index, nameOf(state))
    } else if (state.pair && pairs.get(happening.of) === nameOf(state)) {
      const { generation } = state.pair
      state = learn(state, happening.says.kind === 'renewed' ? happening.says : { ...happening.says, generation })
    }
  }
  return state
}

/** Which pair of which life of the installation is held: what the refresh looks at before it believes an answer. */
const nameOf = ({ installation, pair }: InstallationState): string => `${installation.generation}/${pair?.generation}`

/** Everything but how often things changed hands on the way. */
const outcome = ({ installation, pair }: InstallationState) => ({
  ...installation,
  generation: 0,
  pair: pair ? { trouble: pair.trouble } : null,
})

test(`${SEQUENCES} histories, told in any order and with repeats, end as if told in order`, () => {
  const story = history.chain((happenings) =>
    fc.record({ happenings: fc.constant(happenings), order: told(happenings) }),
  )
  const seen = new Map<string, number>()
  fc.assert(
    fc.property(story, ({ happenings, order }) => {
      const reference = tell(happenings, [...happenings.keys()])
      const { status } = reference.installation
      seen.set(status, (seen.get(status) ?? 0) + 1)
      expect(outcome(tell(happenings, order))).toEqual(outcome(reference))
    }),
    { seed: SEED, numRuns: SEQUENCES },
  )
  // Every state is reached often, so that none of this is said of nothing.
  for (const status of ['pending', 'active', 'unclaimed', 'needs_reconnect', 'suspended', 'uninstalled']) {
    expect(seen.get(status), status).toBeGreaterThan(SEQUENCES / 100)
  }
})

test('a fact that is repeated at once changes nothing more', () => {
  fc.assert(
    fc.property(history, (happenings) => {
      for (const happening of happenings) {
        if (happening.of !== null) continue
        const once = learn(tell(happenings, [...happenings.keys()]), happening.fact)
        if (happening.fact.kind !== 'authorized') expect(learn(once, happening.fact)).toEqual(once)
      }
    }),
    { seed: SEED, numRuns: 1000 },
  )
})

test('whoever leaves holds no tokens, and work begun before is fenced off', () => {
  fc.assert(
    fc.property(history, (happenings) => {
      const before = tell(happenings, [...happenings.keys()])
      const after = learn(before, { kind: 'uninstalled', at: 9_999 })
      expect(after.installation.status).toBe('uninstalled')
      expect(after.pair).toBeNull()
      const wasThere = before.installation.status !== 'uninstalled'
      expect(after.installation.generation).toBe(before.installation.generation + (wasThere ? 1 : 0))
    }),
    { seed: SEED, numRuns: 1000 },
  )
})

test('a refusal of tokens that have been replaced since is not believed', () => {
  const authorized: Omit<InstallationFact & { kind: 'authorized' }, 'at'> = {
    kind: 'authorized',
    details: {},
    grant: { userType: 'Location', scopes: [], futureLocations: false },
    claimed: true,
  }
  const first = learn(nothing, { ...authorized, at: 1 })
  const second = learn(first, { ...authorized, at: 2 })
  const refused = { kind: 'refused', generation: Number(first.pair?.generation), trouble: 'spent' } as const
  expect(learn(second, refused)).toEqual(second)
  expect(learn(first, refused).installation.status).toBe('needs_reconnect')
})

const authorized = (at: number, scopes: string[]): InstallationFact => ({
  kind: 'authorized',
  at,
  details: {},
  grant: { userType: 'Location', scopes, futureLocations: false },
  claimed: true,
})

const tellAll = (...facts: InstallationFact[]): InstallationState => facts.reduce(learn, nothing)

const scopesAfter = (...facts: InstallationFact[]): string[][] => {
  const { scopes, refusedScopes } = tellAll(...facts).installation
  return [scopes, refusedScopes]
}

test('a grant that does not name its scopes leaves what was known of them', () => {
  expect(scopesAfter(authorized(1, ['a']), authorized(2, []))).toEqual([['a'], []])
  expect(scopesAfter(authorized(2, []), authorized(1, ['a']))).toEqual([['a'], []])
  expect(scopesAfter(authorized(1, ['a']), { kind: 'renewed' })).toEqual([['a'], []])
  expect(scopesAfter(authorized(1, ['a']), { kind: 'renewed', scopes: ['b'] })).toEqual([['b'], []])
})

test('a scope that was refused stays refused until fresh tokens may have it', () => {
  const first = tellAll(authorized(1, ['a']))
  const generation = Number(first.pair?.generation)
  const refused = { kind: 'scope_refused', generation, scope: 'a' } as const
  expect(scopesAfter(authorized(1, ['a']), refused, refused)).toEqual([['a'], ['a']])
  expect(scopesAfter(authorized(1, ['a']), refused, { kind: 'renewed' })).toEqual([['a'], ['a']])
  expect(scopesAfter(authorized(1, ['a']), refused, { kind: 'renewed', scopes: ['a'] })).toEqual([['a'], []])
  expect(scopesAfter(authorized(1, ['a']), refused, authorized(2, []))).toEqual([['a'], []])
  expect(scopesAfter(authorized(1, ['a']), authorized(2, ['a']), refused)).toEqual([['a'], []])
})
