/** What was last heard of a contact, each part with the time of the event that said it (milliseconds, the platform's clock). */
export type ContactState = {
  tags: { names: string[]; at: number } | null
  /** By channel in small letters; `all` is the global switch. */
  doNotDisturb: Record<string, { isOn: boolean; at: number }>
  deletedAt: number | null
}

/** What one event says of it. A missing part says nothing: it is not an empty list. */
export type ContactNews = {
  at: number
  /** The contact was made just now, so there was nothing before. */
  isNew: boolean
  tags?: string[]
  doNotDisturb?: Record<string, boolean>
}

/** What an event changed, as far as can be told. A part is absent when the event says nothing new of it. */
export type ContactChanges = { tags?: TagChanges; doNotDisturb?: DoNotDisturbChanges }

export type TagChanges =
  /** The first time that these are heard of: any of them may have been there for long. */
  { before: 'unknown'; now: string[] } | { before: 'known'; added: string[]; removed: string[]; now: string[] }

/** Channels by what became of them. Of `firstHeard` nothing was known before, so whether it changed cannot be told. */
export type DoNotDisturbChanges = {
  stricter: string[]
  looser: string[]
  firstHeard: { channel: string; isOn: boolean }[]
}

export const NOTHING_KNOWN: ContactState = { tags: null, doNotDisturb: {}, deletedAt: null }

/**
 * What an event changes, and what is known after it. Of each part the newest news counts, so that in whichever order events
 * come, and however often, the same is known in the end; what is older than that changes nothing.
 */
export function hear(known: ContactState, news: ContactNews): { state: ContactState; changes: ContactChanges } {
  if (known.deletedAt !== null && news.at <= known.deletedAt) return { state: known, changes: {} }
  const tags = hearTags(known, news)
  const doNotDisturb = hearDoNotDisturb(known, news)
  return {
    state: { ...known, tags: tags.state, doNotDisturb: doNotDisturb.state },
    changes: {
      ...(tags.changes && { tags: tags.changes }),
      ...(doNotDisturb.changes && { doNotDisturb: doNotDisturb.changes }),
    },
  }
}

/** The contact is gone, and with it whatever was heard before. */
export const hearDeletion = (known: ContactState, at: number): ContactState => ({
  tags: known.tags && known.tags.at > at ? known.tags : null,
  doNotDisturb: Object.fromEntries(Object.entries(known.doNotDisturb).filter(([, channel]) => channel.at > at)),
  deletedAt: Math.max(known.deletedAt ?? at, at),
})

function hearTags(known: ContactState, news: ContactNews): { state: ContactState['tags']; changes?: TagChanges } {
  const { tags: before } = known
  // The platform leaves out what is empty: what is said later of a contact that began without tags is an addition.
  const now = news.tags ?? (news.isNew && !before ? [] : undefined)
  if (!now || (before && news.at < before.at)) return { state: before }
  const state = { names: now, at: news.at }
  if (!before && !news.isNew) return { state, changes: { before: 'unknown', now } }
  const old = before?.names ?? []
  const [added, removed] = [notIn(old, now), notIn(now, old)]
  if (added.length + removed.length === 0) return { state }
  return { state, changes: { before: 'known', added, removed, now } }
}

/** To the platform `VIP` and `vip` are one tag. */
function notIn(these: string[], names: string[]): string[] {
  const there = new Set(these.map((name) => name.toLowerCase()))
  return names.filter((name) => !there.has(name.toLowerCase()))
}

function hearDoNotDisturb(
  known: ContactState,
  news: ContactNews,
): { state: ContactState['doNotDisturb']; changes?: DoNotDisturbChanges } {
  const before = new Map(Object.entries(known.doNotDisturb))
  const fresh = Object.entries(news.doNotDisturb ?? {}).filter(
    ([channel]) => news.at >= (before.get(channel)?.at ?? Number.NEGATIVE_INFINITY),
  )
  const state = {
    ...known.doNotDisturb,
    ...Object.fromEntries(fresh.map(([name, isOn]) => [name, { isOn, at: news.at }])),
  }
  const turned = (to: boolean): string[] =>
    fresh.flatMap(([channel, isOn]) => (isOn === to && wasOn(before.get(channel), news) === !to ? [channel] : []))
  const firstHeard = fresh.flatMap(([channel, isOn]) =>
    wasOn(before.get(channel), news) === undefined ? [{ channel, isOn }] : [],
  )
  const changes = { stricter: turned(true), looser: turned(false), firstHeard }
  const isNothing = Object.values(changes).every((channels) => channels.length === 0)
  return isNothing ? { state } : { state, changes }
}

/** Undefined where nobody knows. A new contact could be reached on every channel. */
const wasOn = (before: { isOn: boolean } | undefined, { isNew }: ContactNews): boolean | undefined =>
  before?.isOn ?? (isNew ? false : undefined)
