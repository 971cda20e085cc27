import { AssertionError, LiquidError, RenderError, type Template } from 'liquidjs'
import { quote } from '../transforms/quote.ts'
import { createTemplateEngine, LONGEST_TEMPLATE } from './template-engine.ts'
import { TemplateFault } from './template-fault.ts'

export type ParsedTemplate = { template: Template[]; fields: string[] } | { problem: string }

export const engine = createTemplateEngine()

const MOST_KEPT = 200

const kept = new Map<string, ParsedTemplate>()

/**
 * A template made ready, with the keys of the fields it reads; or one sentence for the owner why it cannot be used. The last few
 * are kept.
 */
export function parseTemplate(text: string): ParsedTemplate {
  if (text.length > LONGEST_TEMPLATE) return { problem: `A template has at most ${LONGEST_TEMPLATE} characters.` }
  const parsed = kept.get(text) ?? parse(text)
  kept.delete(text)
  kept.set(text, parsed)
  const [oldest] = kept.keys()
  if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest)
  return parsed
}

function parse(text: string): ParsedTemplate {
  try {
    refuseDepth(text)
    refuseCrowds(text)
    const template = engine.parse(text)
    const segments = engine.globalVariableSegmentsSync(template)
    return { template, fields: [...new Set(segments.map(keyOf))] }
  } catch (error) {
    return { problem: sentenceOf(error) }
  }
}

const MOST_NESTED = 10

/** What is nested without end could exhaust the stack. Counts what only looks like a tag as well. */
function refuseDepth(text: string): void {
  let depth = 0
  for (const [, end] of text.matchAll(/\{%-?\s*(end)?(?:if|unless|case)\b/g)) {
    depth += end ? -1 : 1
    if (depth > MOST_NESTED) throw new TemplateFault(`Conditions in a template are nested at most ${MOST_NESTED} deep.`)
  }
}

const MOST_PARTS = 200
const LONGEST_PART = 1_000

/** What is between two pairs of braces is looked at as a whole, and takes longer than its length. */
function refuseCrowds(text: string): void {
  const [, ...parts] = text.split(/\{[{%]/)
  if (parts.length > MOST_PARTS) throw new TemplateFault(`A template has at most ${MOST_PARTS} fields and conditions.`)
  if (parts.every((part) => part.split(/[}%]\}/, 1).join('').length <= LONGEST_PART)) return
  throw new TemplateFault(`What stands between braces in a template has at most ${LONGEST_PART} characters.`)
}

function keyOf(segments: unknown): string {
  const parts: unknown[] = Array.isArray(segments) ? segments : [segments]
  if (parts.every((part) => typeof part !== 'object')) return parts.join('.')
  throw new TemplateFault('A template names its fields outright, not by what another field holds.')
}

/** Liquid's own words are for whoever wrote the template: they quote it, never a record. */
export function sentenceOf(error: unknown): string {
  const cause = LiquidError.is(error) ? error.originalError : error
  if (cause instanceof TemplateFault) return cause.message
  if (cause instanceof RangeError) return 'The template is nested too deep, or makes too much text.'
  if (!LiquidError.is(error)) throw error
  if (RenderError.is(error) && cause instanceof AssertionError) return 'The template takes too much work for one value.'
  return `The template cannot be used: ${quote(error.message.split('\n')[0] ?? '')}.`
}
