import { contactView } from './contacts.ts'
import type { Account, Contact, Webhook } from './state.ts'

/** One call to an address that somebody registered, and how it was answered. `null`: not at all. */
export type HookCall = {
  webhookId: number
  url: string
  headers: Record<string, string>
  body: Record<string, unknown>
  status: number | null
}

export type HookSender = {
  /** A contact was added or changed, by whomever, over the API too: ActiveTrail does not say by whom. */
  contactChanged(account: Account, contact: Contact): void
  /** The test endpoint: what it sends is not documented; here the account's first contact, if there is one. */
  test(account: Account, webhook: Webhook): void
}

export type HookSenderControl = {
  /** Kept back until they are released, in the order in which they happened or the other way round. */
  holdHooks(): void
  releaseHooks(order: 'in order' | 'reversed'): void
  /** The next so many go out twice. */
  duplicateNextHooks(count: number): void
  dropNextHooks(count: number): void
  hookCalls(): HookCall[]
  /** Resolves when all that was sent is answered. */
  hooksSettled(): Promise<void>
}

/** Nothing is known of the sender's patience, nor that it ever repeats a call. */
const TIMEOUT_MS = 10_000
const KEPT = 20_000

export function createHookSender(isSilent: () => boolean, timeoutMs = TIMEOUT_MS) {
  const calls: HookCall[] = []
  const underWay = new Set<Promise<void>>()
  const stopping = new AbortController()
  let held: HookCall[] | undefined
  let [toDuplicate, toDrop] = [0, 0]

  function submit(call: HookCall): void {
    if (isSilent()) return
    if (toDrop > 0) {
      toDrop -= 1
      return
    }
    const copies = toDuplicate > 0 ? [call, { ...call }] : [call]
    toDuplicate = Math.max(0, toDuplicate - 1)
    if (held) held.push(...copies)
    else for (const copy of copies) send(copy)
  }

  function send(call: HookCall): void {
    calls.push(call)
    if (calls.length > KEPT) calls.splice(0, KEPT / 2)
    const work = post(call, stopping.signal, timeoutMs).finally(() => underWay.delete(work))
    underWay.add(work)
  }

  const sender: HookSender = {
    contactChanged: (account, contact) => {
      for (const webhook of account.webhooks) if (webhook.is_active) submit(compose(webhook, contact))
    },
    test: (account, webhook) => submit(compose(webhook, account.contacts[0])),
  }
  const control: HookSenderControl = {
    holdHooks: () => {
      held ??= []
    },
    releaseHooks: (order) => {
      const waiting = held ?? []
      held = undefined
      for (const call of order === 'reversed' ? waiting.reverse() : waiting) send(call)
    },
    duplicateNextHooks: (count) => {
      toDuplicate = count
    },
    dropNextHooks: (count) => {
      toDrop = count
    },
    hookCalls: () => structuredClone(calls),
    hooksSettled: async () => {
      while (underWay.size > 0) await Promise.all(underWay)
    },
  }
  const stop = async (): Promise<void> => {
    stopping.abort()
    await Promise.all(underWay)
  }
  return { sender, control, stop }
}

/** The parameters, each in its place. Without any the call says nothing: what it says by itself is not documented. */
function compose(webhook: Webhook, contact: Contact | undefined): HookCall {
  const url = new URL(webhook.url)
  const call: HookCall = { webhookId: webhook.id, url: '', headers: {}, body: {}, status: null }
  const columns: Record<string, unknown> = contact ? contactView(contact) : {}
  for (const parameter of webhook.parameters) {
    const { key, event_parameter_type: place } = parameter
    const isColumn = parameter.event_value_type === 'user_field'
    const value = String((isColumn ? columns[(parameter.user_field ?? '').toLowerCase()] : parameter.value) ?? '')
    if (place === 'header')
      call.headers[key] = encodeURI(value) // how letters beyond ASCII travel is not known
    else if (place === 'query') url.searchParams.set(key, value)
    else call.body[key] = value
  }
  return { ...call, url: url.href }
}

async function post(call: HookCall, stopping: AbortSignal, timeoutMs: number): Promise<void> {
  try {
    const response = await fetch(call.url, {
      method: 'POST',
      redirect: 'manual',
      signal: AbortSignal.any([stopping, AbortSignal.timeout(timeoutMs)]),
      headers: { 'content-type': 'application/json', ...call.headers },
      body: JSON.stringify(call.body),
    })
    await response.arrayBuffer()
    call.status = response.status
  } catch {
    call.status = null
  }
}
