import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import type { Gate } from './gate.ts'
import type { IntakeCounts } from './intake-counts.ts'

/** What Prometheus is told of one web process: its intake, and how Node fares. Names no account. */
export function createIntakeMetrics({ counts, gate }: { counts: IntakeCounts; gate: Gate }): Registry {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  new Counter({
    name: 'causeway_webhooks_total',
    help: 'Webhooks by sender and by how they were met; late and unknown_type are counted beside that.',
    labelNames: ['source', 'outcome'],
    registers,
    collect() {
      this.reset()
      for (const { source, outcome, count } of counts.totals()) this.inc({ source, outcome }, count)
    },
  })
  new Gauge({
    name: 'causeway_webhooks_held',
    help: 'Webhooks being received or stored.',
    registers,
    collect() {
      this.set(gate.held().requests)
    },
  })
  new Gauge({
    name: 'causeway_webhooks_held_bytes',
    help: 'Their size together.',
    registers,
    collect() {
      this.set(gate.held().bytes)
    },
  })
  return registry
}
