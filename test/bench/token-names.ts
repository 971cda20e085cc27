/** As long as HighLevel's, which are signed texts. */
const PADDING = 'x'.repeat(380)

/** The pair of a tenant of that number, so that whoever holds one can tell whose it is and how new. */
export const pairOf = (index: number, generation: number): { accessToken: string; refreshToken: string } => ({
  accessToken: `a.${index}.${generation}.${PADDING}${PADDING}`,
  refreshToken: `r.${index}.${generation}.${PADDING}`,
})

export function readRefreshToken(token: string): { index: number; generation: number } {
  const [, index, generation] = token.split('.')
  return { index: Number(index), generation: Number(generation) }
}
