import { type Context, defaultOperators, type FilterImplOptions, Liquid } from 'liquidjs'
import type { Around } from '../around.ts'
import { changeCase } from '../transforms/change-case.ts'
import { changeDate } from '../transforms/change-date.ts'
import { LONGEST_SEARCH, LONGEST_TEXT } from '../transforms/limits.ts'
import { plainText } from '../transforms/plain-text.ts'
import { TemplateFault } from './template-fault.ts'

/** What a template was rendered with, by its variables. */
export const aroundOf = new WeakMap<object, Around>()

/**
 * Liquid as far as owners may use it: without loops, partials and captures, so that a template's work grows with its length
 * alone; with filters that pay for every character they touch from one budget; without the file system.
 */
export function createTemplateEngine(): Liquid {
  const engine = new Liquid({
    fs: NO_FILES,
    cache: false,
    dynamicPartials: false,
    relativeReference: false,
    strictFilters: true,
    ownPropertyOnly: true,
    parseLimit: LONGEST_TEMPLATE,
    memoryLimit: 3 * LONGEST_TEXT,
    operators: { ...defaultOperators, contains: containsWithinBudget },
  })
  for (const name of Object.keys(engine.tags).filter((tag) => !TAGS.includes(tag)))
    engine.registerTag(name, refusal(name))
  for (const name of Object.keys(engine.filters).filter((filter) => !FILTERS.includes(filter))) {
    engine.unregisterFilter(name)
  }
  for (const name of SEARCHING) engine.registerFilter(name, withinBounds(engine.filters[name]))
  for (const [name, filter] of Object.entries(OUR_FILTERS)) engine.registerFilter(name, filter)
  return engine
}

export const LONGEST_TEMPLATE = 10_000

const TAGS = ['if', 'unless', 'case', 'assign', 'comment', 'raw', '#']

const SEARCHING = ['replace', 'replace_first', 'remove', 'remove_first', 'split']

const FILTERS = [
  ...SEARCHING,
  ...[
    'append',
    'prepend',
    'strip',
    'lstrip',
    'rstrip',
    'strip_newlines',
    'squish',
    'truncate',
    'truncatewords',
    'slice',
  ],
  ...['join', 'first', 'last', 'size', 'reverse', 'compact', 'default', 'escape', 'url_encode'],
  ...['plus', 'minus', 'times', 'divided_by', 'modulo', 'round', 'ceil', 'floor', 'abs', 'at_least', 'at_most'],
]

type Filter = { context: Context }

/** As the steps of the same names do it; dates by the patterns of the date step, in the account's zone. */
const OUR_FILTERS: Record<string, FilterImplOptions> = {
  upcase: caseFilter('upper'),
  downcase: caseFilter('lower'),
  titlecase: caseFilter('title'),
  capitalize: caseFilter('sentence'),
  strip_html(this: Filter, value: unknown): unknown {
    return plainText(paid(this, value)).value
  },
  date(this: Filter, value: unknown, pattern: unknown): unknown {
    const rule = { from: 'iso', to: String(pattern), zone: null }
    const outcome = changeDate(paid(this, value, { more: 1_500 }), rule, aroundHere(this))
    if ('problem' in outcome) throw new TemplateFault(outcome.problem)
    return outcome.value
  },
}

function caseFilter(to: 'upper' | 'lower' | 'title' | 'sentence'): FilterImplOptions {
  return function (this: Filter, value: unknown): unknown {
    const times = to === 'title' || to === 'sentence' ? 10 : 3
    return changeCase(paid(this, value, { times }), to, aroundHere(this)).value
  }
}

/** What takes longer than most costs more times its length, or something beyond it. */
function paid({ context }: Filter, value: unknown, { times = 1, more = 0 } = {}): string {
  const text = Array.isArray(value) ? value.join('') : String(value ?? '')
  context.memoryLimit.use(times * text.length + more)
  return text
}

const aroundHere = ({ context }: Filter): Around => aroundOf.get(context.environments) ?? { zone: 'utc', country: '' }

/** A long text looked for in a long text costs as much as the two multiplied. */
function withinBounds(filter: FilterImplOptions | undefined): FilterImplOptions {
  if (typeof filter !== 'function') throw new Error('Liquid has lost a filter.')
  return function (this: Filter, value: unknown, ...args: unknown[]): unknown {
    refuseLongSearch(args[0])
    return filter.call(this as ThisParameterType<typeof filter>, paid(this, value), ...args)
  }
}

function refuseLongSearch(wanted: unknown): void {
  if (String(wanted ?? '').length <= LONGEST_SEARCH) return
  throw new TemplateFault(`What a template looks for has at most ${LONGEST_SEARCH} characters.`)
}

function containsWithinBudget(whole: unknown, part: unknown, context: Context): boolean {
  const wanted = String(part ?? '')
  refuseLongSearch(wanted)
  if (Array.isArray(whole)) {
    context.memoryLimit.use(whole.length)
    return whole.includes(wanted)
  }
  const text = String(whole ?? '')
  context.memoryLimit.use(text.length)
  return wanted !== '' && text.includes(wanted)
}

const LOOPS = ['for', 'tablerow', 'break', 'continue', 'cycle']

const refusal = (name: string) => ({
  parse(): never {
    if (LOOPS.includes(name)) throw new TemplateFault('Templates have no loops: “join” writes out a list.')
    throw new TemplateFault(`“${name}” is not offered in templates.`)
  },
  render(): void {},
})

const nothing = (): never => {
  throw new TemplateFault('Templates cannot read files.')
}

const NO_FILES = { readFile: nothing, readFileSync: nothing, exists: nothing, existsSync: nothing, resolve: nothing }
