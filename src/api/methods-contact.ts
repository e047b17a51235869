// The part of the API that is about contacts: asking, answering, naming, verifying. `methods.ts`
// has the rest and joins them.
import * as v from 'valibot'

import * as shape from './shapes.ts'
import { CONTACT_ERRORS, method, text, who } from './spec.ts'

/** A method that names one contact and answers with it. */
function onContact(summary: string, slash: string | undefined, example: string) {
  return method({
    summary,
    params: v.strictObject({ who }),
    result: shape.contact,
    errors: [...CONTACT_ERRORS, 'no_request', 'contact_is_self', 'disk_full'],
    command: {
      args: ['who'],
      ...(slash && { slash }),
      completes: { who: slash === 'accept' || slash === 'reject' ? 'request' : 'contact' },
      examples: [example],
    },
  })
}

export const CONTACT_METHODS = {
  'contact.add': method({
    summary: 'Ask somebody to become your contact, or accept their request',
    params: v.strictObject({
      who: text('nearby name, account id or prefix, invite link, HOST:PORT, multiaddr'),
      message: v.optional(text('words to go with the request')),
      alias: v.optional(text('the name you want to see')),
    }),
    result: shape.contact,
    errors: [
      'unknown_name',
      'ambiguous_name',
      'unreachable',
      'identity_mismatch',
      'contact_is_self',
      'contact_blocked',
      'text_empty',
      'text_too_long',
      'bad_name',
      'disk_full',
    ],
    command: {
      args: ['who'],
      slash: 'add',
      completes: { who: 'nearby' },
      examples: ['tidings contact add bob', 'tidings contact add 192.168.1.20:4001'],
    },
  }),
  'contact.accept': onContact('Accept a request', 'accept', 'tidings contact accept bob'),
  'contact.reject': onContact('Turn a request down', 'reject', 'tidings contact reject bob'),
  'contact.block': onContact(
    'Hear nothing more from somebody',
    'block',
    'tidings contact block bob',
  ),
  'contact.unblock': onContact('Lift a block', 'unblock', 'tidings contact unblock bob'),
  'contact.remove': onContact(
    'Forget a contact; its history stays',
    'remove',
    'tidings contact remove bob',
  ),
  'contact.verify': method({
    summary: 'Show the safety number to compare with a contact; --confirm marks it as compared',
    params: v.strictObject({
      who,
      confirm: v.optional(v.pipe(v.boolean(), v.description('the numbers are the same'))),
    }),
    result: v.object({ ...shape.contact.entries, safetyNumber: v.string() }),
    errors: [...CONTACT_ERRORS, 'disk_full'],
    command: {
      args: ['who'],
      slash: 'verify',
      completes: { who: 'contact' },
      examples: ['tidings contact verify bob', 'tidings contact verify bob --confirm'],
    },
  }),
  'contact.rename': method({
    summary: 'Choose the name you see for a contact; an empty one takes it back',
    params: v.strictObject({ who, alias: text('the name you want to see') }),
    result: shape.contact,
    errors: [...CONTACT_ERRORS, 'bad_name', 'disk_full'],
    command: {
      args: ['who', 'alias'],
      slash: 'rename',
      completes: { who: 'contact' },
      examples: ['tidings contact rename bob "Bob from the lab"'],
    },
  }),
  'contact.quota': method({
    summary: 'Show how much of what a contact writes is kept, or set how much may be',
    params: v.strictObject({
      who,
      size: v.optional(text('like 500MB or 2GiB, "none" for no bound, "default" as configured')),
    }),
    result: v.object({
      ...shape.contact.entries,
      receivedBytes: v.pipe(v.number(), v.description('what their entries take on disk')),
      quotaBytes: v.pipe(v.nullable(v.number()), v.description('may take; null for no bound')),
    }),
    errors: [...CONTACT_ERRORS, 'disk_full'],
    command: {
      args: ['who', 'size'],
      slash: 'quota',
      completes: { who: 'contact' },
      suggests: { size: ['default', 'none', '1GiB'] },
      examples: ['tidings contact quota bob', 'tidings contact quota bob 2GiB'],
    },
  }),
  'contact.show': method({
    summary: 'Show all that is known of a contact',
    params: v.strictObject({ who }),
    result: v.object({
      ...shape.contact.entries,
      devices: v.array(v.object({ device: v.string(), peerId: v.string(), online: v.boolean() })),
      addresses: v.array(v.string()),
      safetyNumber: v.string(),
    }),
    errors: CONTACT_ERRORS,
    command: {
      args: ['who'],
      slash: 'whois',
      completes: { who: 'contact' },
      examples: ['tidings contact show bob'],
    },
  }),
} as const
