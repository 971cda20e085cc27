import { expect, test } from 'vitest'
import { isSameText, noteText } from '../../src/highlevel/note-text.ts'

test.each([
  ['Prefers mornings', 'Prefers mornings'],
  ['one\ntwo  \n\nthree\n', 'one\ntwo\n\nthree'],
  ['<p>Prefers mornings</p>', 'Prefers mornings'],
  ['<p>one</p><p>two</p>', 'one\ntwo'],
  ['<p>one</p>\n<p>two</p>', 'one\ntwo'],
  ['<p>one</p><p><br></p><p>two</p>', 'one\n\ntwo'],
  ['<div>one<br/>two</div>', 'one\ntwo'],
  ['<ul><li>milk</li><li>bread</li></ul>', 'milk\nbread'],
  ['<p style="color: red">5 &lt; 6 &amp;&nbsp;7</p>', '5 < 6 & 7'],
  ['<p>&#1513;&#x5dc;&#1493;&#1501;</p>', 'שלום'],
  ['<p>&unheard; &#0; &#x110000;</p>', '&unheard; &#0; &#x110000;'],
  ['<p>a<script>alert(1)</script>b<!-- c --></p>', 'aalert(1)b'],
  // No HTML: a sentence that compares, and the name of a text in brackets.
  ['5 < 6 and 7 > 3', '5 < 6 and 7 > 3'],
  ['see <invoice 12> &amp; more', 'see <invoice 12> &amp; more'],
  ['', ''],
])('%j reads as %j', (body, text) => {
  expect(noteText(body)).toBe(text)
})

test('a text and what the app made of it are the same, another text is not', () => {
  expect(isSameText('one\n\ntwo & three', '<p>one</p><p><br></p><p>two &amp; three</p>')).toBe(true)
  expect(isSameText('one\r\ntwo ', '<p>one</p>\n<p>two</p>')).toBe(true)
  expect(isSameText('one', '<p>one two</p>')).toBe(false)
  expect(isSameText('', '<p><br></p>')).toBe(true)
})

test.each(['<', '<p ', '<br', ' ', ' \n', '&', '&#', '<!--', '</p', '<p><'])(
  'a body of many %j is read at once',
  (piece) => {
    // Read in a time that grows with the square of the length, each of these would take minutes, and the test would be given up.
    expect(noteText(`<p>x${piece.repeat(500_000)}y</p>`)).toMatch(/^x[\s\S]*y$/)
  },
)
