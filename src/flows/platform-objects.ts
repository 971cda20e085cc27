export const PLATFORM = 'highlevel.'

const OBJECTS = ['contact', 'note', 'task', 'appointment', 'opportunity']

/** The kind of record that a trigger of the platform is about: `highlevel.task_created` is about a task. */
export function platformObjectOf(trigger: string): string {
  const name = trigger.slice(PLATFORM.length)
  return OBJECTS.find((object) => name.startsWith(`${object}_`)) ?? 'contact'
}
