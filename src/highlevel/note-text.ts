/**
 * What a note says, as plain text. One that was edited in the app comes back as HTML, whose paragraphs are lines; anything else
 * is left as it is, but for the blanks at the ends of lines and of the whole.
 */
export const noteText = (body: string): string =>
  tidy(IS_HTML.test(body) ? decode(withLines(body).replace(/<[^>]*>/g, '')) : body)

/** Whether two bodies say the same, in whichever form each is kept. */
export const isSameText = (one: string, other: string): boolean => spaced(noteText(one)) === spaced(noteText(other))

const IS_HTML = /<\/?(?:p|br|div|span|strong|b|em|i|u|s|a|ul|ol|li|h[1-6]|blockquote|pre|code|img)(?:\s[^>]*)?\/?>/i

const BLOCK_END = /<\/(?:p|div|li|h[1-6]|blockquote|pre)>/gi

/** The source's own line breaks mean nothing in HTML; a break before the end of a block adds no line. */
const withLines = (html: string): string =>
  html
    .replace(/<!--[\s\S]*?-->|<(script|style)\b[\s\S]*?<\/\1\s*>/gi, '')
    .replace(/\s*\n\s*/g, ' ')
    .replace(/<br\s*\/?>\s*(?=<\/(?:p|div|li)>)/gi, '')
    .replace(/<br\s*\/?>/gi, '\n')
    .replace(BLOCK_END, '\n')

const NAMED: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' }

const decode = (text: string): string =>
  text.replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|(\w{2,6}));/gi, (whole, decimal, hex, name) => {
    if (name) return NAMED[String(name).toLowerCase()] ?? whole
    const point = decimal ? Number(decimal) : Number.parseInt(String(hex), 16)
    return point > 0 && point <= 0x10ffff ? String.fromCodePoint(point) : whole
  })

const tidy = (text: string): string =>
  text
    .replace(/\r\n?/g, '\n')
    .replace(/[ \t\u00a0]+$/gm, '')
    .replace(/^\s*\n|\s+$/g, '')

/** Editors make other blanks of blanks, and more or fewer empty lines. */
const spaced = (text: string): string => text.replace(/\s+/g, ' ').trim()
