import { setImmediate as turnOfEvents } from 'node:timers/promises'

export type GroupCommitOptions<Item, Result> = {
  /** What became of each, in the order of the items. */
  commit(items: Item[]): Promise<Result[]>
  /** Commits under way at once. */
  lanes: number
  /** Items in one commit at the most. */
  most: number
  /** Their size together, where that matters; one that is larger than the most by itself goes alone. */
  size?: { of(item: Item): number; most: number }
  /** Items waiting at the most: more are refused at once rather than kept in memory. */
  waiting: number
  /** Whether the failure lies in an item rather than in the store, so that the others are worth a commit of their own. */
  isItemFault(error: unknown): boolean
}

export class Overloaded extends Error {
  override readonly name = 'Overloaded'
}

type Waiting<Item, Result> = { item: Item; done: (result: Result) => void; failed: (error: unknown) => void }

/**
 * Lets concurrent callers share one commit. A caller that finds a lane free is committed at once; those that come while
 * all lanes are busy go together in the next commit. Each resolves when its own item is durable.
 */
export function createGroupCommit<Item, Result>(
  options: GroupCommitOptions<Item, Result>,
): (item: Item) => Promise<Result> {
  const waiting: Waiting<Item, Result>[] = []
  let busy = 0

  const pump = async (): Promise<void> => {
    busy++
    await turnOfEvents() // whatever comes in the same turn of the event loop goes along
    while (waiting.length > 0) await commitTogether(options, waiting.splice(0, fitting(options, waiting)))
    busy--
  }
  return (item) => {
    if (waiting.length >= options.waiting) return Promise.reject(new Overloaded())
    return new Promise((done, failed) => {
      waiting.push({ item, done, failed })
      if (busy < options.lanes) void pump()
    })
  }
}

/** How many of those in front fit into one commit. */
function fitting<Item, Result>(
  { most, size }: GroupCommitOptions<Item, Result>,
  waiting: Waiting<Item, Result>[],
): number {
  if (!size) return most
  let total = 0
  const tooMuch = waiting.findIndex(({ item }, index) => {
    total += size.of(item)
    return index > 0 && total > size.most
  })
  return tooMuch === -1 ? most : Math.min(tooMuch, most)
}

async function commitTogether<Item, Result>(
  options: GroupCommitOptions<Item, Result>,
  group: Waiting<Item, Result>[],
): Promise<void> {
  try {
    const results = await options.commit(group.map(({ item }) => item))
    for (const [index, { done }] of group.entries()) done(results[index] as Result)
  } catch (error) {
    if (group.length > 1 && options.isItemFault(error)) {
      for (const single of group) await commitTogether(options, [single])
    } else {
      for (const { failed } of group) failed(error)
    }
  }
}
