import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseTemplate } from '../../../src/flows/mapping/parse-template.ts'
import { renderTemplate } from '../../../src/flows/mapping/render-template.ts'
import type { FieldValues } from '../../../src/lib/field.ts'
import { anyText, anyValues } from '../../support/field-values.ts'

const around = { zone: 'Asia/Jerusalem', country: 'IL' }

const render = (template: string, sources: FieldValues = {}) => renderTemplate(template, sources, around)

const long = 'a'.repeat(100_000)
const nearMiss = `${'a'.repeat(100)}b${'a'.repeat(99)}`

test('fields, conditions and filters are filled in', () => {
  const sources = {
    firstName: 'dana',
    'customFields.3aB': 'x',
    tags: ['vip', 'new'],
    due: '2026-05-01T22:00:00Z',
    price: 5,
  }
  const cases = {
    '{{ firstName | titlecase }} {{ customFields.3aB }}{{ missing }}': 'Dana x',
    '{% if tags contains "vip" %}yes{% else %}no{% endif %}': 'yes',
    '{{ tags | join: "; " }} {{ tags | size }} {{ tags | first }}': 'vip; new 2 vip',
    '{{ due | date: "dd.MM.yyyy HH:mm" }}': '02.05.2026 01:00',
    '{{ price | times: 2 | plus: 0.5 }}': '10.5',
    '{{ missing | default: "you" | upcase }}': 'YOU',
    '{% assign a = firstName | append: "!" %}{{ a }}{{ a }}': 'dana!dana!',
    '{% unless price == 5 %}x{% endunless %}{% case price %}{% when 5 %}five{% endcase %}': 'five',
    '{{ "<b>a</b>&amp;" | strip_html }}{% comment %}x{% endcomment %}{% raw %}{{ y }}{% endraw %}': 'a&{{ y }}',
  }
  for (const [template, wanted] of Object.entries(cases)) expect(render(template, sources)).toEqual({ value: wanted })
})

test.each([
  ['{% for i in (1..1000000000) %}x{% endfor %}', /loops/],
  ['{% tablerow i in tags %}x{% endtablerow %}', /loops/],
  ['{% include "/etc/passwd" %}', /include.*not offered/],
  ['{% render "x" %}', /render.*not offered/],
  ['{% layout "x" %}', /layout.*not offered/],
  ['{% capture a %}{{ a }}{{ a }}{% endcapture %}', /capture.*not offered/],
  ['{% liquid echo 1 %}', /liquid.*not offered/],
  ['{% increment a %}', /increment.*not offered/],
  ['{{ x | where_exp: "a", "b" }}', /where_exp/],
  ['{{ x | constructor }}', /constructor/],
  ['{% constructor %}', /constructor/],
  ['{{ a[b] }}', /outright/],
  ['{{ broken', /not closed/],
  ['{% if a %}', /not closed/],
  [`${'{% if a %}'.repeat(11)}${'{% endif %}'.repeat(11)}`, /nested/],
  ['{{ a }}'.repeat(201), /at most 200/],
  [`{{ a${' | append: a'.repeat(100)} }}`, /at most 1000 characters/],
  [`{{ a${'[0'.repeat(2000)} }}`, /at most 1000 characters/],
  ['a'.repeat(10_001), /at most 10000 characters/],
])('template %# is refused before anything is filled in', (template, sentence) => {
  expect(parseTemplate(template)).toEqual({ problem: expect.stringMatching(sentence) })
  expect(render(template)).toEqual(parseTemplate(template))
})

test.each([
  [`{% assign a = "xxxxxxxxxx" %}${'{% assign a = a | append: a %}'.repeat(100)}{{ a }}`, /too much/],
  ['{{ (1..1000000000) | join }}', /too much/],
  ['{{ x | slice: 0, 1000000000 }}', /too much/],
  ['{{ x | replace: "a", x }}', /too much/],
  ['{{ x }}{{ x }}', /longer than/],
  [`${'{{ x | remove: miss }}'.repeat(100)}`, /too much/],
  [`${'{% if x contains miss %}{% endif %}'.repeat(90)}`, /too much/],
  ['{{ x | split: "" | join | split: "" | join | split: "" | join }}', /too much/],
  ['{{ x | replace: x, "" }}', /at most 200/],
  ['{% if x contains x %}{% endif %}', /at most 200/],
  ['{{ d | date: "%d" }}', /percent/],
  ['{{ d | date: "dHdH" }}', /stands for nothing|twice/],
])('template %# is stopped by its budget', (template, sentence) => {
  const sources = { x: long, miss: nearMiss, d: '2026-05-01' }
  expect(render(template, sources)).toEqual({ problem: expect.stringMatching(sentence) })
})

test('what a process or an object has is out of reach', () => {
  for (const path of [
    'constructor',
    '__proto__',
    'x.constructor',
    'x.__proto__.constructor',
    'process.env',
    'globalThis',
  ]) {
    expect(render(`[{{ ${path} }}]`, { x: 'y' })).toEqual({ value: '[]' })
  }
})

test('what no table can store is left out', () => {
  expect(render('a\0{{ x }}{{ "\\u0000" }}', { x: 'b\0\ud800' })).toEqual({ value: 'ab\ufffd' })
})

test('any text is a template that can be used or a sentence why not', () => {
  const part = fc.oneof(
    anyText,
    fc.constantFrom('{{', '}}', '{%', '%}', ' if ', ' assign ', 'a', '|', ':', '"', '[', '..', 'raw'),
  )
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), anyValues, (parts, sources) => {
      const outcome = render(parts.join(''), sources)
      if ('problem' in outcome) expect(outcome.problem).toMatch(/^\S[^\n]*\.$/)
      else expect(outcome.value).toBeTypeOf('string')
    }),
    { numRuns: 500, seed: 2 },
  )
})
