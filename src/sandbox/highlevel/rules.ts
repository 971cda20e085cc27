/** Checks in the class-validator style of the platform's 422 answers: one sentence per problem. */
export type Rule = (value: unknown, name: string) => string[]
export type Rules = Record<string, Rule>

export function problemsOf(body: unknown, rules: Rules, others: 'refused' | 'ignored'): string[] {
  const fields: Record<string, unknown> = isRecord(body) ? body : {}
  const unknown = others === 'ignored' ? [] : Object.keys(fields).filter((name) => !Object.hasOwn(rules, name))
  return [
    ...unknown.map((name) => `property ${name} should not exist`),
    ...Object.entries(rules).flatMap(([name, rule]) => rule(fields[name], name)),
  ]
}

export const text =
  (options: { nullable?: boolean; required?: boolean } = {}): Rule =>
  (value, name) => {
    if (value === undefined && !options.required) return []
    if (value === null && options.nullable) return []
    if (typeof value !== 'string') return [`${name} must be a string`]
    return options.required && value === '' ? [`${name} should not be empty`] : []
  }

export const email: Rule = (value, name) => {
  if (value === undefined || value === null || value === '') return []
  return typeof value === 'string' && /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value) ? [] : [`${name} must be an email`]
}

export const bool: Rule = (value, name) =>
  value === undefined || typeof value === 'boolean' ? [] : [`${name} must be a boolean value`]

/** A point in time as text. */
export const dateText: Rule = (value, name) =>
  value === undefined || (typeof value === 'string' && !Number.isNaN(Date.parse(value)))
    ? []
    : [`${name} must be a valid ISO 8601 date string`]

export const required =
  (rule: Rule): Rule =>
  (value, name) =>
    value === undefined ? [`${name} should not be empty`] : rule(value, name)

export const wholeNumber =
  (range: { min: number; max: number; required?: boolean }): Rule =>
  (value, name) => {
    if (value === undefined && !range.required) return []
    if (typeof value !== 'number' || !Number.isInteger(value)) return [`${name} must be an integer number`]
    if (value < range.min) return [`${name} must not be less than ${range.min}`]
    return value > range.max ? [`${name} must not be greater than ${range.max}`] : []
  }

export const enumeration =
  (values: string[], options: { optional?: boolean } = {}): Rule =>
  (value, name) => {
    if (value === undefined && options.optional) return []
    return values.includes(value as string) ? [] : [`${name} must be one of the following values: ${values.join(', ')}`]
  }

export const list =
  (item: Rule, options: { required?: boolean; max?: number } = {}): Rule =>
  (value, name) => {
    if (value === undefined && !options.required) return []
    if (!Array.isArray(value)) return [`${name} must be an array`]
    if (value.length > (options.max ?? Number.POSITIVE_INFINITY)) {
      return [`${name} must contain no more than ${options.max} elements`]
    }
    return value.flatMap((one, index) => item(one, `${name}.${index}`))
  }

export const record =
  (rules: Rules, options: { others: 'refused' | 'ignored' } = { others: 'refused' }): Rule =>
  (value, name) => {
    if (value === undefined) return []
    if (!isRecord(value)) return [`${name} must be an object`]
    return problemsOf(value, rules, options.others).map((problem) => `${name}.${problem}`)
  }

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
