import { Context } from 'liquidjs'
import type { FieldValue, FieldValues } from '../../lib/field.ts'
import type { Around } from '../around.ts'
import { type Budget, newBudget, pays, TOO_MUCH_WORK } from '../transforms/budget.ts'
import { LONGEST_TEXT, TOO_LONG } from '../transforms/limits.ts'
import type { Outcome } from '../transforms/outcome.ts'
import { engine, parseTemplate, sentenceOf } from './parse-template.ts'
import { aroundOf } from './template-engine.ts'
import { TemplateFault } from './template-fault.ts'

/**
 * A Liquid template (https://liquidjs.com) filled in with fields by their keys: `{{ firstName }}`, `{{ event.title }}`. A field that is absent or empty
 * writes nothing. Values are data: Liquid inside them stays as it is, and nothing is escaped, since what comes out is a value as
 * well. What takes too much, and what cannot be parsed, is a problem.
 */
export function renderTemplate(text: string, sources: FieldValues, around: Around, budget = newBudget()): Outcome {
  const parsed = parseTemplate(text)
  if ('problem' in parsed) return parsed
  const scope = scopeOf(parsed.fields, sources)
  aroundOf.set(scope, around)
  try {
    const written = String(engine.renderSync(parsed.template, contextOf(scope, budget)))
    return written.length > LONGEST_TEXT ? { problem: TOO_LONG } : { value: storable(written) }
  } catch (error) {
    return { problem: sentenceOf(error) }
  }
}

const PER_CHARACTER_FILTERED = 8

/** Each character that a filter touches is paid from the budget, too. */
function contextOf(scope: Scope, budget: Budget): Context {
  const context = new Context(scope, engine.options, { sync: true }, { liquid: engine })
  const { memoryLimit } = context
  const use = memoryLimit.use.bind(memoryLimit)
  memoryLimit.use = (count) => {
    use(count)
    if (+count > 0 && !pays(budget, PER_CHARACTER_FILTERED * +count)) throw new TemplateFault(TOO_MUCH_WORK)
  }
  return context
}

/** A template may spell U+0000, which no database takes, and halves of characters. */
const storable = (text: string): string => text.replaceAll('\0', '').toWellFormed()

type Scope = { [name: string]: FieldValue | Scope }

/** `customFields.abc` becomes a thing in a thing, as Liquid reads it. Nothing in it has a prototype. */
function scopeOf(fields: string[], sources: FieldValues): Scope {
  const scope = emptyScope()
  for (const field of fields.filter((key) => Object.hasOwn(sources, key))) {
    const path = field.split('.')
    const last = path.pop() ?? field
    const parent = path.reduce(enter, scope)
    parent[last] ??= sources[field] ?? null
  }
  return scope
}

const emptyScope = (): Scope => Object.create(null)

/** Where a text stands already, as for `a` and `a.b`, there is no way in: what is put there is lost. */
function enter(scope: Scope, name: string): Scope {
  scope[name] ??= emptyScope()
  const inner = scope[name]
  return typeof inner === 'object' && inner !== null && !Array.isArray(inner) ? inner : emptyScope()
}
