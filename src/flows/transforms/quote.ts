const LONGEST = 60

/** A value inside a sentence for the owner: short, on one line, without what cannot be seen. */
export function quote(text: string): string {
  const line = text
    .slice(0, LONGEST * 2)
    .toWellFormed()
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim()
  return `“${line.length > LONGEST ? `${line.slice(0, LONGEST).toWellFormed()}…` : line}”`
}
