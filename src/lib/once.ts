/** Looked up at the first need, and then known. */
export function once<T>(look: () => Promise<T>): () => Promise<T> {
  let found: Promise<T> | undefined
  return () => {
    found ??= look()
    return found
  }
}
