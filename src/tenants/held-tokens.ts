import { AppError } from '../lib/errors.ts'
import type { SealKey } from '../lib/seal.ts'
import { Trouble } from '../lib/trouble.ts'
import type { HeldInstallation, HeldRow } from './held-store.ts'
import { openPair, type TokenPair } from './token-pair.ts'
import type { Vault } from './vault.ts'

/** An installation with its tokens, opened, and the key to seal the next ones. */
export type Held = { installation: HeldInstallation; tokens: TokenPair; key: SealKey }

/** Throws what keeps anybody from having a token. */
export async function openHeld(vault: Vault, row: HeldRow | undefined): Promise<Held> {
  if (!row) throw new AppError('not_installed')
  const { installation, tokens, key: wrapped } = row
  if (installation.status === 'needs_reconnect') throw new AppError('needs_reconnect')
  if (!tokens) throw new AppError('not_installed')
  if (!wrapped) throw new Error('This tenant has no data key.')
  const key = await vault.unwrap(wrapped)
  return { installation, tokens: await openPair(key, installation.tenantId, tokens), key }
}

/** Thrown also where nobody was asked, so that a token that is refused costs a call or two an hour, whoever needs it. */
export function refuseWhileQuiet({ tokens }: Held, now: number): void {
  if (tokens.asksAfter && tokens.asksAfter.getTime() > now) throw refusedForNow()
}

export const refusedForNow = (cause?: unknown): Trouble =>
  new Trouble('unavailable', {
    detail: 'The platform refuses to renew the access. It is tried again within the hour.',
    cause,
  })
