import { askHost } from './ask-host.js'
import { handleForms } from './forms.js'
import { localizeTimes } from './localize-times.js'
import { refresh } from './refresh.js'
import { createSession, Refused } from './session.js'

const REFRESH_EVERY_MS = 2000
const NOTE_STAYS_MS = 6000

const byId = (id) => document.getElementById(id)
const page = byId('page')
const call = createSession(askHost)

/** Counts what the reader changed, so that an answer from before a change is not shown after it. */
let changes = 0
let shown = ''

if (window.parent === window) show('outside')
else {
  byId('try-again').addEventListener('click', open)
  handleForms(page, { send: change, note, problem })
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
  const before = changes
  const html = await call('GET', '/settings/home')
  if (html === shown || before !== changes) return
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
    await call(method, path, body)
  } finally {
    changes++
    shown = ''
    await showHome().catch(() => {}) // comes by itself with the next look
  }
}

/** Until the page may no longer be shown. Other trouble passes by itself, so it is only mentioned. */
async function keepFresh() {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, REFRESH_EVERY_MS))
    await untilVisible()
    try {
      await showHome()
      byId('stale').hidden = true
    } catch (error) {
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
