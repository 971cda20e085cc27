import express, { type Request, type Response, Router } from 'express'
import { changedContact } from './contact-changes.ts'
import { contactForm, readContactForm } from './contact-form.ts'
import { fullName } from './contact-view.ts'
import { blankContact, createContact, deleteContact, updateContact } from './contacts.ts'
import type { Contact, CustomField, Location } from './data.ts'
import type { InstallDeps } from './installs.ts'
import { Refusal } from './refusal.ts'
import { atPlace, frameOf, timeLabel } from './shell-frame.ts'

const LIST = '/location/:locationId/contacts'

export function contactPageRoutes(deps: InstallDeps): Router {
  const { world } = deps
  const router = Router()
  const form = express.urlencoded({ extended: false })
  const contactsOf = (place: Location): Contact[] => world.contacts.list('locationId', place.id)
  const fieldsOf = (place: Location): CustomField[] =>
    world.data.customFields.filter((one) => one.locationId === place.id && one.model === 'contact')

  type Shown = { contact: Contact; isNew: boolean; problem?: string }
  function showForm(req: Pick<Request, 'get' | 'path'>, res: Response, place: Location, shown: Shown): void {
    const { contact, isNew, problem = null } = shown
    res.status(problem === null ? 200 : 400).render('contact', {
      title: isNew ? 'New contact' : fullName(contact) || 'Contact',
      frame: frameOf(world, req, place),
      form: contactForm(contact, fieldsOf(place)),
      contactId: isNew ? null : contact.id,
      problem,
    })
  }

  /** Saves what was typed, or shows it again with what is wrong. */
  function save(
    req: Request<Record<string, string>>,
    res: Response,
    place: Location,
    stored: Contact | undefined,
  ): void {
    const before = stored ?? blankContact(place.id, world.now())
    const input = readContactForm(req.body, before, fieldsOf(place))
    try {
      if (stored === undefined) createContact(deps, place.id, input)
      else updateContact(deps, stored, input)
      res.redirect(303, `/location/${place.id}/contacts?saved=1`)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      const contact = changedContact(before, input, fieldsOf(place), world.now())
      const problem = 'This location has another contact with this e-mail or phone.'
      showForm(req, res, place, { contact, isNew: stored === undefined, problem })
    }
  }

  const atContact = (
    handler: (req: Request<Record<string, string>>, res: Response, place: Location, one: Contact) => void,
  ) =>
    atPlace(world, (req, res, place) => {
      const contact = contactsOf(place).find((one) => one.id === req.params.contactId)
      if (contact === undefined) return res.redirect(303, `/location/${place.id}/contacts`)
      handler(req, res, place, contact)
    })

  router.get(
    LIST,
    atPlace(world, (req, res, place) => {
      const contacts = contactsOf(place).toReversed().map(rowView)
      const frame = frameOf(world, req, place)
      res.render('contacts', { title: 'Contacts', frame, contacts, saved: req.query.saved === '1' })
    }),
  )
  router.get(
    `${LIST}/new`,
    atPlace(world, (req, res, place) => {
      showForm(req, res, place, { contact: blankContact(place.id, world.now()), isNew: true })
    }),
  )
  router.post(
    LIST,
    form,
    atPlace(world, (req, res, place) => save(req, res, place, undefined)),
  )
  router.get(
    `${LIST}/:contactId`,
    atContact((req, res, place, contact) => showForm(req, res, place, { contact, isNew: false })),
  )
  router.post(
    `${LIST}/:contactId`,
    form,
    atContact((req, res, place, contact) => save(req, res, place, contact)),
  )
  router.post(
    `${LIST}/:contactId/deletion`,
    atContact((_req, res, place, contact) => {
      deleteContact(deps, contact)
      res.redirect(303, `/location/${place.id}/contacts`)
    }),
  )
  return router
}

const rowView = (contact: Contact): object => ({
  id: contact.id,
  name: fullName(contact) || '(no name)',
  email: contact.email ?? '',
  phone: contact.phone ?? '',
  tags: contact.tags,
  dnd: contact.dnd,
  updated: timeLabel(contact.dateUpdated),
})
