import type { FieldValue } from '../../lib/field.ts'
import { onTexts } from './on-texts.ts'

/**
 * Full name → first names, without a title. `Dr. Anna Maria von Berg, PhD` is Anna Maria; of `Frau Berg` there is none (''). Of
 * a list every entry (see onTexts).
 */
export const firstName = (value: FieldValue): { value: FieldValue } => onTexts(value, (text) => splitName(text).first)

/** Full name → last name with what belongs to it (`von Berg`); one word alone is a first name. Of a list every entry. */
export const lastName = (value: FieldValue): { value: FieldValue } => onTexts(value, (text) => splitName(text).last)

const words = (text: string): string[] => text.split(/\s/).filter(Boolean)

const set = (names: string): Set<string> => new Set(words(names))

const TITLES = set(
  'mr mrs ms miss mx sir dame lady lord dr prof rev fr hon herr frau hr fr dipl-ing dipl-kfm mag ing m mme mlle sr sra srta ' +
    'sig dott מר גב גברת דר פרופ עוד הרב רב',
)
const SUFFIXES = set('jr sr ii iii iv v phd md mba msc bsc ma ba esq cpa dds jd llm rn mbe obe')
const PARTICLES = set(
  'van von vom zu zur zum der den de del della dela des di da do dos das du la le los las lo ter ten te af av ' +
    'bin bint ibn ben bat bar abu al el st saint mac בן בת אבן אבו אל דה',
)

/** Names are compared without dots, quotes and capitals: `Ph.D.` is phd, ד"ר is דר. */
const bare = (word: string): string => word.toLowerCase().replace(/[."'’׳״,]/g, '')

function splitName(text: string): { first: string; last: string } {
  const turned = turnRound(text)
  const { name, hadTitle } = withoutTitles(words(turned))
  if (name.length === 1) return hadTitle ? { first: '', last: name.join('') } : { first: name.join(''), last: '' }
  const start = startOfLastName(name)
  return { first: name.slice(0, start).join(' '), last: name.slice(start).join(' ') }
}

/** `Berg, Anna` is Anna Berg; what follows in `Anna Berg, PhD` is no name. */
function turnRound(text: string): string {
  const [before = '', ...after] = text.split(',')
  const names = after.filter((part) => !words(part).every((word) => SUFFIXES.has(bare(word))))
  return [...names, before].join(' ')
}

/** Whatever is left when only titles are there is taken for the name. */
function withoutTitles(all: string[]): { name: string[]; hadTitle: boolean } {
  const from = all.findIndex((word) => !TITLES.has(bare(word)))
  const untitled = from === -1 ? all : all.slice(from)
  const to = untitled.findLastIndex((word) => !SUFFIXES.has(bare(word)))
  return { name: to < 1 ? untitled.slice(0, Math.max(1, to + 1)) : untitled.slice(0, to + 1), hadTitle: from > 0 }
}

/** Its last word and the particles right before it; the first word is always a first name. */
function startOfLastName(name: string[]): number {
  let start = name.length - 1
  while (start > 1 && PARTICLES.has(bare(name[start - 1] ?? ''))) start -= 1
  return start
}
