import { type Request, type Response, Router } from 'express'
import { type Access, checkReaches, tokenOf } from './access.ts'
import { answer } from './answer.ts'
import { type ByContact, contactOf } from './contact-of.ts'
import type { Task } from './data.ts'
import type { InstallDeps } from './installs.ts'
import { notFound, unprocessable } from './refusal.ts'
import { bool, dateText, problemsOf, type Rules, required, text } from './rules.ts'
import { parseTaskSearch, searchTasks } from './task-search.ts'
import { taskView } from './task-view.ts'
import { createTask, deleteTask, type NewTask, updateTask } from './tasks.ts'

type ByTask = Request<{ contactId: string; taskId: string }>

/** HighLevel's OpenAPI document of contacts: UpdateTaskBody, and CreateTaskParams. */
const UPDATE: Rules = { title: text(), body: text(), dueDate: dateText, completed: bool, assignedTo: text() }
const CREATE: Rules = {
  ...UPDATE,
  title: text({ required: true }),
  dueDate: required(dateText),
  completed: required(bool),
}

export function taskRoutes(deps: InstallDeps, access: Access): Router {
  const { world } = deps
  const router = Router()
  const mayRead = access({ classes: ['Location'], scope: 'contacts.readonly' })
  const mayWrite = access({ classes: ['Location'], scope: 'contacts.write' })
  const maySearch = access({ classes: ['Location'], scope: 'locations/tasks.readonly' })

  const taskOf = (req: ByTask, res: Response): Task => {
    const contact = contactOf(world, req, res)
    const task = world.tasks.get(req.params.taskId)
    if (task?.contactId !== contact.id) throw notFound(`Task with id ${req.params.taskId} not found`)
    return task
  }

  router.post('/locations/:locationId/tasks/search', maySearch, (req: Request<{ locationId: string }>, res) => {
    const { locationId } = req.params
    const search = parseTaskSearch(req.body)
    checkReaches(world, tokenOf(res), locationId)
    answer(res, 200, { tasks: searchTasks(world, locationId, search) })
  })

  router.get('/contacts/:contactId/tasks', mayRead, (req: ByContact, res) => {
    const { id } = contactOf(world, req, res)
    answer(res, 200, { tasks: world.tasks.list('contactId', id).map(taskView) })
  })

  router.post('/contacts/:contactId/tasks', mayWrite, (req: ByContact, res) => {
    const input = parse(req.body, CREATE) as NewTask
    answer(res, 201, { task: taskView(createTask(deps, contactOf(world, req, res), input)) })
  })

  router.get('/contacts/:contactId/tasks/:taskId', mayRead, (req: ByTask, res) => {
    answer(res, 200, { task: taskView(taskOf(req, res)) })
  })

  router.put('/contacts/:contactId/tasks/:taskId', mayWrite, (req: ByTask, res) => {
    const input = parse(req.body, UPDATE)
    answer(res, 200, { task: taskView(updateTask(deps, taskOf(req, res), input)) })
  })

  router.put('/contacts/:contactId/tasks/:taskId/completed', mayWrite, (req: ByTask, res) => {
    const { completed } = parse(req.body, { completed: required(bool) })
    answer(res, 200, { task: taskView(updateTask(deps, taskOf(req, res), { completed: completed === true })) })
  })

  router.delete('/contacts/:contactId/tasks/:taskId', mayWrite, (req: ByTask, res) => {
    deleteTask(deps, taskOf(req, res))
    answer(res, 200, { succeded: true })
  })

  return router
}

function parse(body: unknown, rules: Rules): Partial<NewTask> {
  const problems = problemsOf(body, rules, 'refused')
  if (problems.length > 0) throw unprocessable(problems)
  return body as Partial<NewTask>
}
