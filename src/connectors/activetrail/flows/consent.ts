import type { ReadyFlow } from '../../connector.ts'
import { fixed, flow, operation, thisContact, written } from './steps.ts'

type Channel = 'email' | 'sms' | 'all'

const stop = (channel: Channel) =>
  operation('stop', 'highlevel.set_do_not_disturb', [thisContact, fixed('channels', [channel])])
const tag = (name: string) => operation('tag', 'highlevel.add_tags', [thisContact, fixed('tags', [name])])

/** Whoever opts out there is not reached from here either. Nothing takes a restriction away. */
export const consentFlows: ReadyFlow[] = [
  {
    key: 'unsubscribes',
    name: 'Unsubscribes from ActiveTrail',
    description: 'Whoever unsubscribes from e-mail in ActiveTrail gets no e-mail from here any more.',
    isFirst: false,
    definition: flow('activetrail.contact_unsubscribed', [stop('email')]),
  },
  {
    key: 'sms_unsubscribes',
    name: 'SMS unsubscribes from ActiveTrail',
    description: 'Whoever unsubscribes from SMS in ActiveTrail gets no SMS from here any more.',
    isFirst: false,
    definition: flow('activetrail.sms_unsubscribed', [stop('sms')]),
  },
  {
    key: 'bounces',
    name: 'Bounces in ActiveTrail',
    description: 'A contact whose e-mail address bounced in ActiveTrail gets no e-mail from here any more, and a tag.',
    isFirst: false,
    definition: flow('activetrail.contact_bounced', [stop('email'), tag('email bounced')]),
  },
  {
    key: 'spam_complaints',
    name: 'Complaints of spam in ActiveTrail',
    description: 'Whoever complains of spam in ActiveTrail is not written to from here any more, on any channel.',
    isFirst: false,
    definition: flow('activetrail.spam_complaint', [stop('all'), tag('spam complaint')]),
  },
  {
    key: 'campaign_unsubscribes',
    name: 'Reasons for unsubscribing',
    description: 'Whoever unsubscribes by an ActiveTrail campaign gets no e-mail any more, and a note with the reason.',
    isFirst: false,
    definition: flow('activetrail.campaign_unsubscribed', [
      stop('email'),
      operation('note', 'highlevel.create_note', [
        thisContact,
        written(
          'body',
          'Unsubscribed by the campaign “{{ event.campaign_name }}”.{% if event.reason %} Reason: {{ event.reason }}{% endif %}',
        ),
      ]),
    ]),
  },
]
