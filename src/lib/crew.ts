export type Crew = {
  add(work: () => Promise<void>): void
  /** How many more there is room for: waits until it is a quarter of all, so that they come in groups. */
  room(): Promise<number>
  /** Resolves when nobody works any more. */
  done(): Promise<void>
}

/** Works on so many things at once, for whoever keeps it busy. Work looks after its own failures. */
export function createCrew(most: number): Crew {
  let size = 0
  let watchers: { until: number; reached: () => void }[] = []
  const sinksTo = async (until: number): Promise<void> => {
    if (size > until) await new Promise<void>((reached) => watchers.push({ until, reached }))
  }
  const left = (): void => {
    size--
    for (const { until, reached } of watchers) if (size <= until) reached()
    watchers = watchers.filter(({ until }) => size > until)
  }
  return {
    add: (work) => {
      size++
      void work().finally(left)
    },
    room: async () => {
      await sinksTo(Math.floor(most * 0.75))
      return most - size
    },
    done: () => sinksTo(0),
  }
}
