/** A string of a program: what it says, and whose argument it is (`deps.log.warn`), as far as it is one. */
export type Literal = { text: string; callee: string }

/**
 * Every string and every fixed part of a template in TypeScript or JavaScript, read character by character: comments and
 * regular expressions are passed over, and what stands in `${}` is read as code.
 */
export function readLiterals(code: string): Literal[] {
  const found: Literal[] = []
  const calls: string[] = []
  let at = 0
  readCode(() => at >= code.length)
  return found

  function readCode(isEnd: () => boolean): void {
    while (!isEnd()) {
      const here = code[at] ?? ''
      if (code.startsWith('//', at)) at = endOf('\n')
      else if (code.startsWith('/*', at)) at = endOf('*/')
      else if (here === '/' && startsExpression()) skipPattern()
      else if (here === "'" || here === '"') readString(here)
      else if (here === '`') readTemplate()
      else step(here)
    }
  }

  function step(here: string): void {
    if (here === '(') calls.push(/[\w.?]*$/.exec(code.slice(Math.max(0, at - 80), at))?.[0] ?? '')
    if (here === ')') calls.pop()
    at++
  }

  function endOf(mark: string): number {
    const end = code.indexOf(mark, at)
    return end < 0 ? code.length : end + mark.length
  }

  /** A slash divides behind a value, and begins a pattern anywhere else. */
  function startsExpression(): boolean {
    const before = code.slice(0, at).trimEnd()
    return !/[\w)\]}'"`]$/.test(before) || /\b(return|typeof|case|in|of)$/.test(before)
  }

  function skipPattern(): void {
    for (let inClass = false; at < code.length; ) {
      at++
      if (code[at] === '\\') at++
      else if (code[at] === '[') inClass = true
      else if (code[at] === ']') inClass = false
      else if (code[at] === '/' && !inClass) break
    }
    at++
  }

  function keep(text: string): void {
    found.push({ text, callee: calls.at(-1) ?? '' })
  }

  function readString(quote: string): void {
    const start = ++at
    while (at < code.length && code[at] !== quote) at += code[at] === '\\' ? 2 : 1
    keep(code.slice(start, at))
    at++
  }

  function readTemplate(): void {
    let start = ++at
    while (at < code.length && code[at] !== '`') {
      if (code.startsWith('${', at)) {
        keep(code.slice(start, at))
        at += 2
        readUntilBrace()
        start = at
      } else at += code[at] === '\\' ? 2 : 1
    }
    keep(code.slice(start, at))
    at++
  }

  function readUntilBrace(): void {
    let depth = 1
    readCode(() => {
      if (code[at] === '{') depth++
      if (code[at] === '}') depth--
      return depth === 0 || at >= code.length
    })
    at++
  }
}
