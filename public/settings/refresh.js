/**
 * Makes an element's children say what fresh ones say, and touches nothing that says so already: what has the focus, is
 * open or half typed stays as it is. Children that come and go carry an id; the others are known by their place.
 */
export function refresh(element, fresh) {
  let next = element.firstChild
  for (const child of [...fresh.childNodes]) {
    const known = child.id ? [...element.children].find(({ id }) => id === child.id) : sameKind(next, child)
    if (known) next = dropUpTo(known, next)
    if (known === next) next = next?.nextSibling ?? null
    if (known) refreshNode(known, child)
    else element.insertBefore(child, next)
  }
  dropUpTo(null, next)
}

const sameKind = (next, child) => (next && !next.id && next.nodeName === child.nodeName ? next : undefined)

/** Removing what is in the way leaves the focus alone; moving what has it would not. */
function dropUpTo(known, next) {
  while (next && next !== known) {
    const after = next.nextSibling
    next.remove()
    next = after
  }
  return next
}

function refreshNode(known, fresh) {
  if (known.nodeType === Node.TEXT_NODE && known.data !== fresh.data) known.data = fresh.data
  if (known.nodeType !== Node.ELEMENT_NODE || isTypedInto(known)) return
  refreshAttributes(known, fresh)
  if (known.type === 'checkbox') known.checked = fresh.checked
  refresh(known, fresh)
}

const isTypedInto = (element) => 'typed' in element.dataset

/** Whether something is open is for the reader to say. */
const READERS_OWN = ['open', 'aria-busy']

function refreshAttributes(known, fresh) {
  for (const { name } of [...known.attributes]) {
    if (!fresh.hasAttribute(name) && !READERS_OWN.includes(name)) known.removeAttribute(name)
  }
  for (const { name, value } of fresh.attributes) {
    if (known.getAttribute(name) !== value && !READERS_OWN.includes(name)) known.setAttribute(name, value)
  }
}
