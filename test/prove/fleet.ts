import type { Ground, StartOptions } from './ground.ts'
import type { ProductKind, ProductProcess } from './product-process.ts'

/** Web and worker processes that are killed and replaced. Spares start early, so that a place is never empty for long. */
export type Fleet = {
  webs(): ProductProcess[]
  workers(): ProductProcess[]
  /** Ends the process at once; its place is taken by a spare as soon as there is one. */
  replace(kind: ProductKind, victim: ProductProcess): Promise<void>
}

export type FleetOptions = StartOptions & { webs: number; workers: number }

export async function startFleet(ground: Ground, { webs, workers, ...options }: FleetOptions): Promise<Fleet> {
  const start = async (kind: ProductKind): Promise<ProductProcess> => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await ground.start(kind, options)
      } catch (error) {
        // A start needs the database, which may be down just now: whoever runs processes starts them again.
        if (attempt === 20) throw error
        await new Promise((resolve) => setTimeout(resolve, 300))
      }
    }
  }
  const many = (kind: ProductKind, count: number) => Promise.all(Array.from({ length: count }, () => start(kind)))
  const living = { server: await many('server', webs), worker: await many('worker', workers) }
  let spare: Promise<ProductProcess> | undefined

  return {
    webs: () => living.server,
    workers: () => living.worker,
    replace: async (kind, victim) => {
      victim.kill()
      living[kind] = living[kind].filter((one) => one !== victim)
      if (kind === 'worker') {
        living.worker.push(await start('worker'))
        return
      }
      const ready = spare ?? start('server')
      spare = ready.then(() => start('server'))
      spare.catch(() => {}) // told to whoever needs it
      living.server.push(await ready)
    },
  }
}
