/** The same items, asked for so many ahead of whoever takes them. False where it is over before there are no more. */
export async function* askedAhead<Item>(
  items: AsyncGenerator<Item, boolean>,
  most: number,
  isOver: () => boolean,
): AsyncGenerator<Item, boolean> {
  const asked: Promise<IteratorResult<Item, boolean>>[] = []
  for (;;) {
    while (asked.length < most) {
      const next = items.next()
      next.catch(() => undefined) // whoever takes it learns of it
      asked.push(next)
    }
    const next = await asked.shift()
    if (!next || isOver()) return false
    if (next.done) return next.value
    yield next.value
  }
}
