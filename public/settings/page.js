import { askHost } from './ask-host.js'
import { handleForms } from './forms.js'
import { localizeTimes } from './localize-times.js'
import { refresh } from './refresh.js'
import { createSession, Refused } from './session.js'

const REFRESH_EVERY_MS = 2000
const NOTE_STAYS_MS = 6000

const byId = (id) => document.getElementById(id)
const page = byId('page')
const { call, fetchFile } = createSession(askHost)

/** Counts what the reader changed, so that an answer from before a change is not shown after it. */
let changes = 0
let shown = ''
/** After the last thing that can be done here, nothing is asked for any more. */
let isOver = false

if (window.parent === window) show('outside')
else {
  byId('try-again').addEventListener('click', open)
  handleForms(page, { send: change, download, note, problem })
  open()
}

async function open() {
  show('opening')
  try {
    await showHome()
    show('page')
    await keepFresh()
  } catch (error) {
    showFailure(error)
  }
}

async function showHome() {
  if (isOver) return
  const before = changes
  const html = await call('GET', '/settings/home')
  if (html === shown || before !== changes || isOver) return
  const fresh = document.createElement('template')
  fresh.innerHTML = html
  localizeTimes(fresh.content)
  refresh(page, fresh.content)
  shown = html
}

/** Sends what the reader changed and shows what came of it. */
async function change(method, path, body) {
  changes++
  try {
    const answer = await call(method, path, body)
    if (path === '/settings/uninstall') sayFarewell(JSON.parse(answer))
  } finally {
    changes++
    shown = ''
    await showHome().catch(() => {}) // comes by itself with the next look
  }
}

/** A frame may not go elsewhere, so the file is made here and handed to the browser. */
async function download(path, name) {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(await fetchFile(path))
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}

/** Until the page may no longer be shown. Other trouble passes by itself, so it is only mentioned. */
async function keepFresh() {
  while (!isOver) {
    await new Promise((resolve) => setTimeout(resolve, REFRESH_EVERY_MS))
    await untilVisible()
    try {
      await showHome()
      byId('stale').hidden = true
    } catch (error) {
      if (isOver) return
      if (error instanceof Refused && error.isFinal) throw error
      byId('stale').hidden = false
    }
  }
}

async function untilVisible() {
  while (document.hidden) {
    await new Promise((resolve) => document.addEventListener('visibilitychange', resolve, { once: true }))
  }
}

function show(id) {
  for (const part of document.querySelectorAll('main')) part.hidden = part.id !== id
}

function showFailure(error) {
  byId('failure-message').textContent = error.message
  byId('failure-reference').textContent = error.reference ? `Reference: ${error.reference}` : ''
  note('')
  show('failure')
  byId('failure').querySelector('h1').focus()
}

function sayFarewell({ sentences }) {
  isOver = true
  const paragraphs = sentences.map((sentence) => {
    const paragraph = document.createElement('p')
    paragraph.textContent = sentence
    return paragraph
  })
  byId('farewell-sentences').replaceChildren(...paragraphs)
  show('farewell')
  byId('farewell').querySelector('h1').focus()
}

let fading
function note(text) {
  clearTimeout(fading)
  byId('note').textContent = text
  byId('problem').textContent = ''
  fading = setTimeout(() => {
    byId('note').textContent = ''
  }, NOTE_STAYS_MS)
}

function problem(error) {
  byId('problem').textContent = error.reference ? `${error.message} (Reference ${error.reference})` : error.message
}
