const LONGEST = 160

/**
 * What the other side said, fit to be stored and shown: one short line without our secrets or what looks like one, and
 * without the addresses and numbers of people.
 */
export function quoteSafely(text: string, secrets: string[]): string {
  const withoutSecrets = secrets.reduce((quote, secret) => quote.replaceAll(secret, '…'), text)
  const quote = withoutSecrets
    .replace(/[\w-]{32,}/g, '…')
    .replace(/[^\s@<>"'(),;:]+@[^\s@<>"'(),;:]+/g, '…')
    .replace(/\+?\d[\d\s().-]{5,}\d/g, '…')
    .replace(/\s+/g, ' ')
    .trim()
  return quote.length > LONGEST ? `${quote.slice(0, LONGEST)}…` : quote
}
