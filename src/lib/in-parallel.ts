/**
 * Does the same with each item, so many at once, begun in their order; results stand in the order in which they came.
 * Rejects with the first failure, once nothing is under way any more.
 */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  const left = items.values()
  const worker = async (): Promise<void> => {
    for (const item of left) results.push(await work(item))
  }
  const ends = await Promise.allSettled(Array.from({ length: Math.min(atOnce, items.length) }, worker))
  for (const end of ends) if (end.status === 'rejected') throw end.reason
  return results
}
