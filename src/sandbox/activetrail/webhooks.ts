import { Refusal } from './refusal.ts'
import { type Account, nextId, timestamp, type Webhook, type World } from './state.ts'
import type { ParameterBody, WebhookBody, WebhookChange } from './webhook-body.ts'

export function getWebhook(account: Account, id: number): Webhook {
  const webhook = account.webhooks.find((candidate) => candidate.id === id)
  if (!webhook) throw new Refusal('ResourceNotFound')
  return webhook
}

/** The same address may be registered more than once: nothing says that it may not. */
export function createWebhook(world: World, account: Account, body: WebhookBody): Webhook {
  const at = timestamp(world)
  const parameters = body.parameters.map((parameter) => ({ id: nextId(world), ...parameter }))
  const webhook: Webhook = { id: nextId(world), ...body, parameters, createdAt: at, updatedAt: at }
  account.webhooks.push(webhook)
  world.changed()
  return webhook
}

export function updateWebhook(world: World, webhook: Webhook, { parameters, ...change }: WebhookChange): void {
  Object.assign(webhook, change, { updatedAt: timestamp(world) })
  if (parameters) webhook.parameters = parameters.map((parameter) => ({ id: nextId(world), ...parameter }))
  world.changed()
}

export function deleteWebhook(world: World, account: Account, id: number): Webhook {
  const webhook = getWebhook(account, id)
  account.webhooks = account.webhooks.filter((other) => other !== webhook)
  world.changed()
  return webhook
}

export function addParameter(world: World, webhook: Webhook, body: ParameterBody): Webhook['parameters'][number] {
  const parameter = { id: nextId(world), ...body }
  webhook.parameters.push(parameter)
  world.changed()
  return parameter
}

export function getParameter(webhook: Webhook, id: number): Webhook['parameters'][number] {
  const parameter = webhook.parameters.find((candidate) => candidate.id === id)
  if (!parameter) throw new Refusal('ResourceNotFound')
  return parameter
}

/** `target_type_id` and the dates appear in the documented sample of a read. */
export const webhookView = (webhook: Webhook, withParameters = true): Record<string, unknown> => ({
  id: webhook.id,
  name: webhook.name,
  url: webhook.url,
  event_type: webhook.event_type,
  format: webhook.format,
  is_active: webhook.is_active,
  target_type_id: 'zapier',
  date_created_utc: webhook.createdAt.slice(0, 19),
  date_updated_utc: webhook.updatedAt.slice(0, 19),
  ...(withParameters && { parameters: webhook.parameters }),
})
