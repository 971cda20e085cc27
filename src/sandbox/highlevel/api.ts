import express, { type ErrorRequestHandler, type RequestHandler, Router } from 'express'
import { createAccess } from './access.ts'
import { answer } from './answer.ts'
import { appointmentRoutes } from './appointment-routes.ts'
import { automationRoutes } from './automation-routes.ts'
import { calendarRoutes } from './calendar-routes.ts'
import { contactRoutes } from './contact-routes.ts'
import type { ControlDeps } from './control.ts'
import { followerRoutes } from './follower-routes.ts'
import { locationRoutes } from './location-routes.ts'
import { marketplaceRoutes } from './marketplace-routes.ts'
import { noteRoutes } from './note-routes.ts'
import { oauthRoutes } from './oauth-routes.ts'
import { opportunityRoutes } from './opportunity-routes.ts'
import { createRateLimits } from './rate-limits.ts'
import { Refusal } from './refusal.ts'
import { taskRoutes } from './task-routes.ts'
import { userRoutes } from './user-routes.ts'

/** Everything the product may call. What is not answered here does not exist in the real API either. */
export function apiRoutes(deps: ControlDeps): Router {
  const { world, recorder, faults } = deps
  const router = Router({ strict: false })
  const limits = createRateLimits(world)
  const access = createAccess(world, limits)

  router.use(express.json({ limit: '2mb' }), express.urlencoded({ extended: false }))
  router.use(recorder.middleware, faults.middleware)
  router.use(oauthRoutes(world, access, limits))
  router.use(marketplaceRoutes(deps, access))
  router.use(contactRoutes(deps, access))
  router.use(followerRoutes(deps, access))
  router.use(automationRoutes(deps, access))
  router.use(userRoutes(deps, access))
  router.use(taskRoutes(deps, access))
  router.use(noteRoutes(deps, access))
  router.use(appointmentRoutes(deps, access))
  router.use(calendarRoutes(deps, access))
  router.use(opportunityRoutes(deps, access))
  router.use(locationRoutes(world, access))
  router.use(unknownRoute, refuse)
  return router
}

const unknownRoute: RequestHandler = (req) => {
  const message = `Cannot ${req.method} ${req.path}`
  throw new Refusal({ status: 404, body: { statusCode: 404, message, error: 'Not Found' } })
}

const refuse: ErrorRequestHandler = (error, _req, res, _next) => {
  if (error instanceof Refusal) return answer(res, error.status, error.body)
  if (isUnreadableBody(error)) return answer(res, 400, { statusCode: 400, message: 'Bad Request' })
  console.error('The sandbox failed:', error)
  answer(res, 500, { statusCode: 500, message: 'Internal server error' })
}

const isUnreadableBody = (error: unknown): boolean =>
  error instanceof Error && 'status' in error && typeof error.status === 'number' && error.status < 500
