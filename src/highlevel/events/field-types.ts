import { z } from 'zod'

/** Any field may be missing or null. Numbers are taken as text, and text that is a number as one: samples differ in it. */
export const text = z.union([z.string(), z.number().transform(String)]).nullish()
export const number = z
  .union([
    z.number(),
    z
      .string()
      .regex(/^-?\d{1,15}(\.\d{1,15})?$/)
      .transform(Number),
  ])
  .nullish()
export const flag = z.boolean().nullish()
/** One, or several. */
export const addresses = z.union([z.string(), z.array(z.string())]).nullish()
export const texts = z.array(z.string()).nullish()
/** Shapes that differ between pages, or that nothing describes. */
export const list = z.array(z.unknown()).nullish()
export const nested = z.record(z.string(), z.unknown()).nullish()

/** Ids as HighLevel makes them. Anything else is treated as absent, so that no odd text reaches a column or a path. */
export const isId = (value: unknown): value is string => typeof value === 'string' && /^[\w-]{1,64}$/.test(value)
export const id = z.string().refine(isId).nullish()
export const ids = z.array(z.string().refine(isId)).nullish()
