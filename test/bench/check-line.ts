import type { Client } from 'pg'
import type { Town } from './town.ts'

/** Fails unless every webhook that was sent is done, once, and nobody was ever asked to slow down. */
export async function checkLine(town: Town, database: Client, webhookIds: string[]): Promise<void> {
  const refusals = await town.sandbox.ask('refusals', null)
  if (refusals > 0) throw new Error(`The sandboxes answered 429 ${refusals} times.`)
  const { rows } = await database.query(
    `select deliveries.state, runs.outcome, count(*)::integer as runs, count(distinct deliveries.id)::integer as deliveries,
            sum((select count(*) from run_steps
                 where run_steps.tenant_id = runs.tenant_id and run_steps.run_id = runs.id))::integer as steps
     from deliveries
     left join runs on runs.tenant_id = deliveries.tenant_id and runs.delivery_id = deliveries.id
     where deliveries.delivery_id = any($1)
     group by 1, 2`,
    [webhookIds],
  )
  const [only] = rows
  const counted = { state: only?.state, outcome: only?.outcome, runs: only?.runs, steps: only?.steps }
  const sent = webhookIds.length
  const wanted = { state: 'done', outcome: 'succeeded', runs: sent, steps: sent }
  if (rows.length !== 1 || JSON.stringify(counted) !== JSON.stringify(wanted) || only.deliveries !== sent) {
    throw new Error(`Of ${sent} webhooks not every one was done once: ${JSON.stringify(rows)}`)
  }
}
