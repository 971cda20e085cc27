import { open, type Sealed, type SealKey, seal } from '../lib/seal.ts'
import type { WrappedKey } from './tenant-key-store.ts'

/** A tenant's data key, sealed for its own row under a master key. */
export const wrapKey = (masterKey: SealKey, tenantId: string, { kid, key }: SealKey): Promise<Sealed> =>
  seal(masterKey, wrapPlace(tenantId, kid), Buffer.from(key).toString('base64url'))

/** Throws `SealError` when no key of the ring opens it, or it was sealed for another row. */
export async function unwrapKey(
  masterKeys: readonly SealKey[],
  { tenantId, id, wrapped }: WrappedKey & { tenantId: string },
): Promise<SealKey> {
  return { kid: id, key: Buffer.from(await open(masterKeys, wrapPlace(tenantId, id), wrapped), 'base64url') }
}

const wrapPlace = (tenantId: string, keyId: string): string => `tenant_keys.wrapped/${tenantId}/${keyId}`
