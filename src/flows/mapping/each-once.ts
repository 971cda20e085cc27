import { textKey } from './text-key.ts'

/** Texts that are the same to an owner are one: where it came first, as it was spelled there. */
export function eachOnce(texts: readonly string[]): string[] {
  const byKey = new Map<string, string>()
  for (const text of texts) if (!byKey.has(textKey(text))) byKey.set(textKey(text), text)
  return [...byKey.values()]
}
