import type { FieldValue } from '../../lib/field.ts'
import { onTexts } from './on-texts.ts'

/**
 * HTML → text: tags and comments fall out, paragraphs and line breaks become line breaks, the usual entities become their
 * signs. What it gives is text, not safe HTML. Of a list every entry (see onTexts).
 */
export const plainText = (value: FieldValue): { value: FieldValue } => onTexts(value, strip)

const strip = (html: string): string =>
  withoutTags(html)
    .replace(/&(?:amp|lt|gt|quot|apos|nbsp|#39|#160);/g, (entity) => ENTITIES[entity] ?? entity)
    .split('\n')
    .map((line) => line.trim())
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()

const ENTITIES: Record<string, string> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&apos;': "'",
  '&#39;': "'",
  '&nbsp;': ' ',
  '&#160;': ' ',
}

const BREAKS = /^\/?(?:br|p|div|li|tr|h[1-6]|ul|ol|table|blockquote)\b/i

/** By hand rather than by pattern, and looking for each `>` once, so that a text of `<` alone takes no longer than another. */
function withoutTags(html: string): string {
  const parts: string[] = []
  let at = 0
  let close = -1
  for (let open = html.indexOf('<'); open !== -1; open = html.indexOf('<', at)) {
    if (close < open) close = html.indexOf('>', open)
    if (close === -1) break
    const isTag = /[a-z/!]/i.test(html.charAt(open + 1))
    parts.push(html.slice(at, open), isTag ? breakOf(html.slice(open + 1, open + 14)) : '<')
    at = isTag ? endOfTag(html, open, close) : open + 1
  }
  return parts.join('') + html.slice(at)
}

const breakOf = (tag: string): string => (BREAKS.test(tag) ? '\n' : '')

function endOfTag(html: string, open: number, close: number): number {
  if (!html.startsWith('<!--', open)) return close + 1
  const end = html.indexOf('-->', open)
  return end === -1 ? html.length : end + 3
}
