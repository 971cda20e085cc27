import { setTimeout as sleep } from 'node:timers/promises'
import type { Delivery, DeliveryAttempt } from './data.ts'
import { DOCUMENTED_EVENTS } from './documented/documented-events.ts'
import { type AboutWhom, documentedBody } from './documented-body.ts'
import type { InstallDeps } from './installs.ts'
import { signBody } from './webhook-event.ts'

export function webhookControl({ world, webhooks }: InstallDeps) {
  return {
    deliveries: (filter: { type?: string; locationId?: string } = {}): Delivery[] =>
      world.data.deliveries.filter(
        (one) =>
          (filter.type === undefined || one.type === filter.type) &&
          (filter.locationId === undefined || one.locationId === filter.locationId),
      ),
    resend: (webhookId: string): Promise<DeliveryAttempt> => webhooks.resend(webhookId),
    /** Any event: the body is sent as it is, signed with the platform's key unless a signature is given. */
    sendWebhook: (body: Record<string, unknown>, override?: { signature?: string }): Delivery =>
      webhooks.send(body, override),
    /** Any documented type in its documented form; a name given as undefined is left out. */
    sendDocumented: (type: string, overrides: Record<string, unknown> = {}, whom: AboutWhom = {}): Delivery =>
      webhooks.send({ ...documentedBody(world, type, whom), ...overrides }),
    /** Its body alone, for tests that bend it first. */
    documented: (type: string, whom: AboutWhom = {}): Record<string, unknown> => documentedBody(world, type, whom),
    documentedTypes: (): string[] => Object.keys(DOCUMENTED_EVENTS),
    /** For requests a test makes itself. */
    sign: (body: string): string => signBody(world, body),
    holdWebhooks: (): void => webhooks.hold(),
    releaseWebhooks: (order: 'in order' | 'reversed' = 'in order'): void => webhooks.release(order),
    duplicateNextWebhooks: (count: number): void => webhooks.duplicateNext(count),
    dropNextWebhooks: (count: number): void => webhooks.dropNext(count),
    /** Resolves when nothing is left to send, retries included. */
    webhooksSettled: async (timeoutMs = 5000): Promise<void> => {
      const deadline = performance.now() + timeoutMs
      while (webhooks.isBusy()) {
        if (performance.now() > deadline) throw new Error(`Webhooks are still waiting after ${timeoutMs} ms.`)
        await sleep(5)
      }
    },
  }
}
