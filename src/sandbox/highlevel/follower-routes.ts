import { type Response, Router } from 'express'
import type { Access } from './access.ts'
import { answer } from './answer.ts'
import { type ByContact, contactOf } from './contact-of.ts'
import type { Contact } from './data.ts'
import type { InstallDeps } from './installs.ts'
import { findLocation, worksAt } from './places.ts'
import { unprocessable } from './refusal.ts'
import { list, problemsOf, text } from './rules.ts'
import type { World } from './world.ts'

/** Users who follow a contact. Nothing is told of it by webhook. */
export function followerRoutes({ world }: InstallDeps, access: Access): Router {
  const router = Router()
  const mayWrite = access({ classes: ['Location'], scope: 'contacts.write' })
  const path = '/contacts/:contactId/followers'
  const contactAndUsers = (req: ByContact, res: Response): { contact: Contact; users: string[] } => ({
    contact: contactOf(world, req, res),
    users: parseFollowers(req.body),
  })

  router.post(path, mayWrite, (req: ByContact, res) => {
    const { contact, users } = contactAndUsers(req, res)
    checkUsers(world, contact.locationId, users)
    const before = contact.followers ?? []
    const followersAdded = users.filter((id) => !before.includes(id))
    const followers = follow(world, contact, [...before, ...followersAdded])
    answer(res, 201, { followers, followersAdded })
  })

  router.delete(path, mayWrite, (req: ByContact, res) => {
    const { contact, users } = contactAndUsers(req, res)
    const before = contact.followers ?? []
    const followersRemoved = users.filter((id) => before.includes(id))
    const followers = follow(
      world,
      contact,
      before.filter((id) => !users.includes(id)),
    )
    answer(res, 200, { followers, followersRemoved })
  })

  return router
}

function parseFollowers(body: unknown): string[] {
  const problems = problemsOf(body, { followers: list(text(), { required: true }) }, 'refused')
  if (problems.length > 0) throw unprocessable(problems)
  return [...new Set((body as { followers: string[] }).followers)]
}

/** Inferred: no document says what an unknown user is answered. */
function checkUsers(world: World, locationId: string, ids: string[]): void {
  const location = findLocation(world, locationId)
  const isKnown = (id: string): boolean => world.data.users.some((user) => user.id === id && worksAt(user, location))
  const unknown = ids.filter((id) => !isKnown(id))
  if (unknown.length > 0) throw unprocessable(unknown.map((id) => `followers must be users of the location: ${id}`))
}

function follow(world: World, contact: Contact, followers: string[]): string[] {
  world.contacts.put({ ...contact, followers })
  world.changed()
  return followers
}
