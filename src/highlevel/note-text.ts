/**
 * What a note says, as plain text. One that was edited in the app comes back as HTML, whose paragraphs are lines; anything else
 * is left as it is, but for the blanks at the ends of lines and around the whole.
 */
export const noteText = (body: string): string =>
  tidy(IS_HTML.test(body) ? decode(withLines(body).replace(TAG, '')) : body)

/** Whether two bodies say the same, in whichever form each is kept. */
export const isSameText = (one: string, other: string): boolean => spaced(noteText(one)) === spaced(noteText(other))

// No pattern here reads a place more than a few times, however the text was made: none goes past the next bracket.
const IS_HTML = /<\/?(?:p|br|div|span|strong|b|em|i|u|s|a|ul|ol|li|h[1-6]|blockquote|pre|code|img)(?:\s[^<>]*)?\/?>/i
const TAG = /<[^<>]*>/g
const BREAK = /<br ?\/?>/gi
const BREAK_AT_END = /<br ?\/?> ?(?=<\/(?:p|div|li)>)/gi
const BLOCK_END = /<\/(?:p|div|li|h[1-6]|blockquote|pre)> ?/gi

/** The source's own line breaks mean nothing in HTML; a break before the end of a block adds no line. */
const withLines = (html: string): string =>
  html.replace(/\s+/g, ' ').replace(BREAK_AT_END, '').replace(BREAK, '\n').replace(BLOCK_END, '\n')

const NAMED: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' }

const decode = (text: string): string =>
  text.replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|(\w{2,6}));/gi, (whole, decimal, hex, name) => {
    if (name) return NAMED[String(name).toLowerCase()] ?? whole
    const point = decimal ? Number(decimal) : Number.parseInt(String(hex), 16)
    return point > 0 && point <= 0x10ffff ? String.fromCodePoint(point) : whole
  })

const tidy = (text: string): string =>
  text
    .split(/\r\n?|\n/)
    .map((line) => line.trimEnd())
    .join('\n')
    .trim()

/** Editors make other blanks of blanks, and more or fewer empty lines. */
const spaced = (text: string): string => text.replace(/\s+/g, ' ').trim()
