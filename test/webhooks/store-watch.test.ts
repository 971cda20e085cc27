import { expect, test } from 'vitest'
import type { Pipeline } from '../../src/db/pipeline.ts'
import { createStoreWatch } from '../../src/webhooks/store-watch.ts'

const refusal = (code: string): Error => Object.assign(new Error('refused'), { code })

let time = 0
/** Commits one after the other end like this: as errors say, or well. */
async function after(...ends: (Error | null)[]) {
  const watch = createStoreWatch(() => time)
  const pipeline: Pipeline = {
    commit: async () => {
      const end = ends.shift()
      if (end) throw end
      return []
    },
    close: async () => {},
  }
  const watched = watch.watch(pipeline)
  for (const end of [...ends]) {
    if (end) await expect(watched.commit([])).rejects.toBe(end)
    else await watched.commit([])
  }
  return watch
}

test('a failure is forgotten when a commit succeeds, or some seconds after the last one', async () => {
  expect((await after()).trouble()).toBeUndefined()
  expect((await after(refusal('53100'), null)).trouble()).toBeUndefined()
  const watch = await after(null, refusal('40001'), refusal('53100'))
  time += 9999
  expect(watch.trouble()).toBe('disk full')
  time += 1
  expect(watch.trouble()).toBeUndefined()
})

test('a delivery that does not fit says nothing of the store', async () => {
  expect((await after(refusal('22021'))).trouble()).toBeUndefined()
  expect((await after(refusal('53100'), refusal('22021'))).trouble()).toBe('disk full')
})

test('a connection that broke is not taken for a full disk', async () => {
  expect((await after(refusal('08006'))).trouble()).toBe('database')
  expect((await after(new Error('timeout exceeded'))).trouble()).toBe('deliveries cannot be stored')
})
