/** Wakes the one who waits for it. A ring that nobody waits for is heard by the next who does. */
export type Bell = {
  ring(): void
  /** Forgets a ring that nobody has heard. */
  hush(): void
  /** Resolves at a ring, or after so long. */
  wait(mostMs: number): Promise<void>
}

export function createBell(): Bell {
  let rung = false
  let wake: (() => void) | undefined
  return {
    ring: () => {
      rung = true
      wake?.()
    },
    hush: () => {
      rung = false
    },
    wait: async (mostMs) => {
      if (!rung) {
        let timer: NodeJS.Timeout | undefined
        await new Promise<void>((resolve) => {
          wake = resolve
          timer = setTimeout(resolve, mostMs)
        })
        clearTimeout(timer)
        wake = undefined
      }
      rung = false
    },
  }
}
