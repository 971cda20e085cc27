/** How much of what senders are sending, and of what waits to be stored, is held in memory at once. */
export type Gate = {
  /** Lets in so many bytes; returns what lets them out again, or undefined while there is no room for them. */
  enter(bytes: number): (() => void) | undefined
  held(): { requests: number; bytes: number }
}

/** Whoever finds it closed is turned away at once, before anything of the body is read. */
export function createGate(most: { requests: number; bytes: number }): Gate {
  let [requests, bytes] = [0, 0]
  return {
    enter: (size) => {
      if (requests >= most.requests || bytes + size > most.bytes) return undefined
      requests++
      bytes += size
      return () => {
        requests--
        bytes -= size
      }
    },
    held: () => ({ requests, bytes }),
  }
}
