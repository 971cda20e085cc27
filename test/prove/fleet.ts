import { type ProductProcess, startProduct } from './product-process.ts'

/** Web and worker processes that are killed and replaced. Spares start early, so that a place is never empty for long. */
export type Fleet = {
  webs(): ProductProcess[]
  workers(): ProductProcess[]
  /** Ends the process at once; its place is taken by a spare as soon as there is one. */
  replace(kind: 'server' | 'worker', victim: ProductProcess): Promise<void>
  /** What processes said that ended by themselves. There should be none. */
  crashes(): string[]
  stop(): Promise<void>
}

type Kind = 'server' | 'worker'

export async function startFleet(options: {
  environment: Record<string, string>
  firstPort: number
  webs: number
  workers: number
}): Promise<Fleet> {
  let port = options.firstPort
  const everything: ProductProcess[] = []
  const start = async (kind: Kind): Promise<ProductProcess> => {
    for (let attempt = 1; ; attempt++) {
      try {
        const started = await startProduct(kind, options.environment, nextPort())
        everything.push(started)
        return started
      } catch (error) {
        // A start needs the database, which may be down just now: whoever runs processes starts them again.
        if (attempt === 20) throw error
        await new Promise((resolve) => setTimeout(resolve, 300))
      }
    }
  }
  const nextPort = (): number => {
    port = port >= options.firstPort + 2000 ? options.firstPort : port + 1
    return port
  }
  const living: Record<Kind, ProductProcess[]> = {
    server: await Promise.all(Array.from({ length: options.webs }, () => start('server'))),
    worker: await Promise.all(Array.from({ length: options.workers }, () => start('worker'))),
  }
  let spare = start('server')

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
      const ready = spare
      spare = ready.then(() => start('server'))
      living.server.push(await ready)
    },
    crashes: () => everything.flatMap((one) => one.crash() ?? []),
    stop: async () => {
      await spare
      await Promise.all(
        everything.map((one) => one.child.exitCode === null && one.child.signalCode === null && one.stop()),
      )
    },
  }
}
