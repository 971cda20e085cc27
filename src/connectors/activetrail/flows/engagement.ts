import type { ReadyFlow } from '../../connector.ts'
import type { FlowStep } from '../../flow-definition.ts'
import { fixed, flow, operation, same, thisContact, written } from './steps.ts'

const tag = (name: string) => operation('tag', 'highlevel.add_tags', [thisContact, fixed('tags', [name])])
const note = (template: string) => operation('note', 'highlevel.create_note', [thisContact, written('body', template)])

/** Due when it happens: it is for today. */
const task = (title: string, body: string) =>
  operation('task', 'highlevel.create_task', [
    thisContact,
    written('title', title),
    written('body', body),
    same('dueDate', 'event.occurred_at'),
  ])

const ready = (key: string, name: string, description: string, definition: [trigger: string, steps: FlowStep[]]) => ({
  key,
  name,
  description,
  isFirst: false,
  definition: flow(`activetrail.${definition[0]}`, definition[1]),
})

const CAMPAIGN = '“{{ event.campaign_name }}”'

/** What people do with what they were sent comes back as tags, notes and tasks. */
export const engagementFlows: ReadyFlow[] = [
  ready('opens', 'Opens to tags', 'Whoever opens an ActiveTrail campaign gets a tag.', [
    'campaign_opened',
    [tag('opened campaign')],
  ]),
  ready(
    'clicks',
    'Clicks to tags and notes',
    'Whoever clicks a link in a campaign gets a tag and a note of the link.',
    ['campaign_link_clicked', [tag('clicked campaign'), note(`Clicked {{ event.link }} in the campaign ${CAMPAIGN}.`)]],
  ),
  ready('click_tasks', 'Clicks to tasks', 'Whoever clicks a link in a campaign becomes a task: call back.', [
    'campaign_link_clicked',
    [task('Call back: clicked in a campaign', `{{ event.link }} in the campaign ${CAMPAIGN}`)],
  ]),
  ready('campaign_bounces', 'Campaign bounces to tags', 'Whom a campaign did not reach gets a tag.', [
    'campaign_bounced',
    [tag('campaign bounced')],
  ]),
  ready('sms_replies', 'SMS replies to notes', 'A reply to an SMS becomes a note.', [
    'sms_reply_received',
    [note('Replied by SMS: {{ event.content }}')],
  ]),
  ready('sms_reply_tasks', 'SMS replies to tasks', 'A reply to an SMS becomes a task: answer it.', [
    'sms_reply_received',
    [task('Answer an SMS', '{{ event.content }}')],
  ]),
  ready('sms_clicks', 'SMS clicks to tags', 'Whoever clicks a link in an SMS gets a tag.', [
    'sms_link_clicked',
    [tag('clicked sms')],
  ]),
  ready('sms_failures', 'Failed SMS to tags', 'Whom an SMS did not reach gets a tag.', [
    'sms_failed',
    [tag('sms failed')],
  ]),
  ready('journey_started', 'Started journeys to tags', 'Whoever starts a journey gets a tag.', [
    'automation_started',
    [tag('journey started')],
  ]),
  ready('journey_completed', 'Completed journeys to tags', 'Whoever completes a journey gets a tag.', [
    'automation_completed',
    [tag('journey completed')],
  ]),
  ready(
    'journey_to_workflow',
    'Completed journeys to a workflow',
    'Whoever completes a journey in ActiveTrail goes on in a workflow here. Choose the workflow.',
    ['automation_completed', [operation('workflow', 'highlevel.add_to_workflow', [thisContact])]],
  ),
  ready('group_joined', 'Joining a group to a tag', 'Whoever joins a group gets a tag. Choose the group.', [
    'contact_joined_group',
    [tag('in ActiveTrail group')],
  ]),
  ready('group_left', 'Leaving a group to a tag', 'Whoever leaves a group loses its tag. Choose the group.', [
    'contact_left_group',
    [operation('tag', 'highlevel.remove_tags', [thisContact, fixed('tags', ['in ActiveTrail group'])])],
  ]),
]
