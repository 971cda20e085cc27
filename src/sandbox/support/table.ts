/** Rows by id, in the order they came, and found by other fields without walking all of them. As JSON a plain list. */
export type Table<Row, Field extends string> = {
  get(id: string): Row | undefined
  list(field: Field, value: string): Row[]
  all(): Row[]
  size(): number
  /** Adds the row, or puts it in the place of the one with its id. */
  put(row: Row): void
  remove(row: Row): void
  /** How often rows were put or removed: what was made of them is true for as long as this stays. */
  changes(): number
  toJSON(): Row[]
}

/** A field may be computed; `undefined` keeps a row out of that index. An indexed field of a stored row never changes. */
export function createTable<Row, Field extends string>(
  rows: Row[],
  idOf: (row: Row) => string,
  fields: Record<Field, (row: Row) => string | undefined>,
): Table<Row, Field> {
  const byId = new Map<string, Row>()
  const indexes = new Map<string, Index<Row>>(
    Object.entries<Index<Row>['read']>(fields).map(([field, read]) => [field, { read, rows: new Map() }]),
  )

  let changes = 0
  function put(row: Row): void {
    changes += 1
    const id = idOf(row)
    const before = byId.get(id)
    byId.set(id, row)
    for (const index of indexes.values()) {
      const value = index.read(row)
      if (before !== undefined && index.read(before) !== value) takeOut(index, before, id)
      if (value !== undefined) bucketOf(index, value).set(id, row)
    }
  }
  function remove(row: Row): void {
    changes += 1
    const id = idOf(row)
    byId.delete(id)
    for (const index of indexes.values()) takeOut(index, row, id)
  }
  for (const row of rows) put(row)

  const all = (): Row[] => [...byId.values()]
  return {
    get: (id) => byId.get(id),
    list: (field, value) => [...(indexes.get(field)?.rows.get(value)?.values() ?? [])],
    all,
    size: () => byId.size,
    changes: () => changes,
    put,
    remove,
    toJSON: all,
  }
}

/** Rows by value, then by id: a row that is replaced keeps its place. */
type Index<Row> = { read: (row: Row) => string | undefined; rows: Map<string, Map<string, Row>> }

function bucketOf<Row>(index: Index<Row>, value: string): Map<string, Row> {
  const bucket = index.rows.get(value) ?? new Map<string, Row>()
  index.rows.set(value, bucket)
  return bucket
}

function takeOut<Row>(index: Index<Row>, row: Row, id: string): void {
  const value = index.read(row)
  if (value === undefined) return
  const bucket = index.rows.get(value)
  bucket?.delete(id)
  if (bucket?.size === 0) index.rows.delete(value)
}
