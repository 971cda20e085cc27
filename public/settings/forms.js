/**
 * Every form of the page goes to its own address with the method it names, as JSON. `send` resolves when it was done and
 * the page shows it, `download` when the reader has the file.
 */
export function handleForms(page, { send, download, note, problem }) {
  page.addEventListener('submit', (event) => {
    event.preventDefault()
    submit(event.target)
  })
  page.addEventListener('input', () => note(''))
  page.addEventListener('change', ({ target }) => target.matches('[role=switch]') && submit(target.form))
  page.addEventListener('click', ({ target }) => target.matches('[data-close]') && close(target.closest('details')))
  page.addEventListener('click', ({ target }) => target.matches('[data-download]') && fetchFile(target))

  async function fetchFile(button) {
    if (button.ariaBusy === 'true') return
    button.ariaBusy = 'true'
    note('Preparing the file…')
    try {
      await download(button.dataset.download, button.dataset.file)
      note('The file is in your downloads.')
    } catch (error) {
      problem(error)
    } finally {
      button.ariaBusy = null
    }
  }

  async function submit(form) {
    if (form.ariaBusy === 'true') return
    const section = form.closest('section')
    form.ariaBusy = 'true'
    note('')
    showFields(form, {})
    try {
      await send(form.dataset.method, form.getAttribute('action'), bodyOf(form))
      form.reset()
      note(form.dataset.done ?? '')
      if (form.isConnected) close(form.closest('details'))
      else section.querySelector('h2').focus()
    } catch (error) {
      problem(error)
      showFields(form, error.fields ?? {})
    } finally {
      form.ariaBusy = null
    }
  }
}

/** `credentials.token` becomes { credentials: { token } }. The values of a choice are JSON. */
function bodyOf(form) {
  const body = {}
  for (const { name, type, value, checked } of form.elements) {
    if (name === '' || (type === 'radio' && !checked)) continue
    const [group, key] = name.split('.')
    if (type === 'radio') body[group] = JSON.parse(value)
    else if (key === undefined) body[group] = type === 'checkbox' ? checked : value
    else body[group] = { ...body[group], [key]: value }
  }
  return body
}

/** Says beside each field what is wrong with it, and goes to the first. */
function showFields(form, fields) {
  for (const input of form.querySelectorAll('[data-field]')) {
    const wrong = fields[input.dataset.field] ?? ''
    document.getElementById(`${input.id}-error`).textContent = wrong
    input.ariaInvalid = wrong === '' ? null : 'true'
  }
  form.querySelector('[aria-invalid=true]')?.focus()
}

function close(details) {
  if (!details) return
  details.open = false
  details.querySelector('summary').focus()
}
