import { describe, expect, test } from 'vitest'
import {
  type ContactNews,
  type ContactState,
  hear,
  hearDeletion,
  NOTHING_KNOWN,
} from '../../src/flows/contact-state.ts'
import { below, chance, pick, randomly, some } from '../support/randomly.ts'

const TAGS = ['vip', 'lead', 'customer', 'newsletter', 'old']
const CHANNELS = ['all', 'email', 'sms', 'call', 'whatsapp']

const known = (names: string[], at = 1): ContactState => hear(NOTHING_KNOWN, { at, isNew: false, tags: names }).state
const tagsAt = (at: number, tags?: string[]): ContactNews => ({ at, isNew: false, ...(tags && { tags }) })
const dndAt = (at: number, doNotDisturb: Record<string, boolean>): ContactNews => ({ at, isNew: false, doNotDisturb })

describe('tags', () => {
  test('the first list tells only what is there now', () => {
    expect(hear(NOTHING_KNOWN, tagsAt(5, ['vip'])).changes).toEqual({ tags: { before: 'unknown', now: ['vip'] } })
  })

  test('a new contact had none before', () => {
    const { changes } = hear(NOTHING_KNOWN, { at: 5, isNew: true, tags: ['vip'] })
    expect(changes.tags).toEqual({ before: 'known', added: ['vip'], removed: [], now: ['vip'] })
  })

  test('a new contact of whose tags nothing is said has none: the first one is an addition', () => {
    const { state, changes } = hear(NOTHING_KNOWN, { at: 5, isNew: true })
    expect(changes).toEqual({})
    expect(hear(state, tagsAt(6, ['vip'])).changes.tags).toMatchObject({ before: 'known', added: ['vip'] })
  })

  test('what was added and removed is told against the list before', () => {
    const { changes } = hear(known(['vip', 'lead']), tagsAt(2, ['vip', 'customer']))
    expect(changes.tags).toEqual({ before: 'known', added: ['customer'], removed: ['lead'], now: ['vip', 'customer'] })
  })

  test('a missing list is not an empty one', () => {
    expect(hear(known(['vip']), tagsAt(2))).toEqual({ state: known(['vip']), changes: {} })
    expect(hear(known(['vip']), tagsAt(2, [])).changes.tags).toMatchObject({ removed: ['vip'] })
  })

  test('another case is the same tag', () => {
    expect(hear(known(['VIP']), tagsAt(2, ['vip'])).changes).toEqual({})
  })

  test('news from before what is known tells nothing and changes nothing', () => {
    expect(hear(known(['vip'], 10), tagsAt(9, ['lead']))).toEqual({ state: known(['vip'], 10), changes: {} })
  })
})

describe('do-not-disturb', () => {
  test('stricter and looser are told by channel, and what was never heard of by itself', () => {
    const before = hear(NOTHING_KNOWN, dndAt(1, { email: false, sms: true })).state
    const { changes } = hear(before, dndAt(2, { email: true, sms: false, call: true }))
    expect(changes.doNotDisturb).toEqual({
      stricter: ['email'],
      looser: ['sms'],
      firstHeard: [{ channel: 'call', isOn: true }],
    })
  })

  test('a channel that an event leaves out stays as it was', () => {
    const before = hear(NOTHING_KNOWN, dndAt(1, { email: true, sms: true })).state
    const { state, changes } = hear(before, dndAt(2, { sms: true }))
    expect(changes).toEqual({})
    expect(state.doNotDisturb.email).toEqual({ isOn: true, at: 1 })
  })

  test('of a new contact, what is on was switched on', () => {
    const { changes } = hear(NOTHING_KNOWN, { at: 1, isNew: true, doNotDisturb: { all: true, email: false } })
    expect(changes.doNotDisturb).toEqual({ stricter: ['all'], looser: [], firstHeard: [] })
  })
})

/** What people did to one contact, each at a time of its own: news as events tell it, or its deletion. */
type Happening = { news: ContactNews } | { deletedAt: number }

function history(): Happening[] {
  const happenings: Happening[] = []
  for (let at = 1; at <= 1 + below(9); at++) {
    if (chance(0.1)) happenings.push({ deletedAt: at })
    else
      happenings.push({
        news: {
          at,
          isNew: at === 1,
          ...(chance(0.7) && { tags: some(TAGS) }),
          ...(chance(0.6) && { doNotDisturb: Object.fromEntries(some(CHANNELS).map((name) => [name, chance(0.5)])) }),
        },
      })
  }
  return happenings
}

function shuffled<Item>(items: readonly Item[]): Item[] {
  const left = [...items]
  return items.map(() => left.splice(below(left.length), 1)[0] as Item)
}

const apply = (state: ContactState, one: Happening): ContactState =>
  'news' in one ? hear(state, one.news).state : hearDeletion(state, one.deletedAt)

describe('whatever the order, and however often', () => {
  test('the same is known in the end', () => {
    randomly(5000, () => {
      const happenings = history()
      const inOrder = happenings.reduce(apply, NOTHING_KNOWN)
      const repeated = shuffled([...happenings, ...some(happenings)])
      expect(repeated.reduce(apply, NOTHING_KNOWN)).toEqual(inOrder)
    })
  })

  test('a deletion is never undone by what happened before it', () => {
    randomly(2000, () => {
      const happenings = history()
      const end = { deletedAt: 100 }
      expect(shuffled([...happenings, end]).reduce(apply, NOTHING_KNOWN)).toEqual({ ...NOTHING_KNOWN, deletedAt: 100 })
    })
  })

  test('the differences that were told add up to the last list, whichever events came late or twice', () => {
    randomly(5000, () => {
      const lists = Array.from({ length: 1 + below(8) }, (_, index) => tagsAt(index + 1, some(TAGS)))
      let state = NOTHING_KNOWN
      let added: string[] | undefined
      for (const news of shuffled([...lists, ...some(lists)])) {
        const told = hear(state, news)
        const change = told.changes.tags
        if (change?.before === 'unknown') added = [...change.now]
        if (change?.before === 'known') {
          expect(change.added.filter((tag) => added?.includes(tag))).toEqual([])
          expect(change.removed.filter((tag) => !added?.includes(tag))).toEqual([])
          added = [...(added ?? []).filter((tag) => !change.removed.includes(tag)), ...change.added]
        }
        state = told.state
      }
      expect(added?.toSorted()).toEqual(lists.at(-1)?.tags?.toSorted())
    })
  })

  test('hearing the same news again changes nothing', () => {
    randomly(2000, () => {
      const before = history().reduce(apply, NOTHING_KNOWN)
      const news = { ...tagsAt(20, some(TAGS)), doNotDisturb: { [pick(CHANNELS)]: chance(0.5) } }
      const once = hear(before, news).state
      expect(hear(once, news)).toEqual({ state: once, changes: {} })
    })
  })
})
