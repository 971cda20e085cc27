const PARTS: Record<string, string[]> = {
  year: ['yyyy', 'yy'],
  month: ['M', 'MM', 'MMM', 'MMMM'],
  day: ['d', 'dd'],
  hour: ['H', 'HH', 'h', 'hh'],
  minute: ['m', 'mm'],
  second: ['s', 'ss'],
  millisecond: ['SSS'],
  'half of the day': ['a'],
  weekday: ['EEE', 'EEEE'],
  offset: ['ZZ', 'ZZZ'],
}

const partOf = new Map(Object.entries(PARTS).flatMap(([part, tokens]) => tokens.map((token) => [token, part])))

const LONGEST = 50

/**
 * Why a pattern of a date step is none, as one sentence; undefined when it is one. Luxon's tokens
 * (https://moment.github.io/luxon/#/parsing?id=table-of-tokens), without those that depend on a language, and each part once:
 * a pattern of many tokens without separators could be read in so many ways that trying them takes for ever.
 */
export function findPatternFault(pattern: string): string | undefined {
  if (pattern.length > LONGEST) return `A date pattern has at most ${LONGEST} characters.`
  if (pattern.includes('%')) return 'A date pattern is written like dd.MM.yyyy, without percent signs.'
  const bare = pattern.replace(/'[^']*'/g, ' ')
  if (bare.includes("'")) return 'A quote in the date pattern is not closed.'
  const tokens = bare.match(/([A-Za-z])\1*/g) ?? []
  const unknown = tokens.find((token) => !partOf.has(token))
  if (unknown) return `The date pattern has “${unknown}”, which stands for nothing. Text goes between single quotes.`
  const parts = tokens.map((token) => partOf.get(token))
  const twice = parts.find((part, index) => parts.indexOf(part) !== index)
  if (twice) return `The date pattern has the ${twice} twice.`
  return tokens.length === 0 ? 'The date pattern names no part of a date.' : undefined
}
