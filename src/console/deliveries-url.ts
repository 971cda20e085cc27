const PATH = '/admin/deliveries'

/** The list, or another page below it, with what is given of the query. */
export function deliveriesUrl(query: Record<string, string | undefined>, below = ''): string {
  const given = Object.entries(query).filter((pair): pair is [string, string] => Boolean(pair[1]))
  return `${PATH}${below}${given.length === 0 ? '' : `?${new URLSearchParams(given)}`}`
}
