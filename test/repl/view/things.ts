// Screens, texts and messages of all kinds, for properties of what is drawn.
import * as fc from 'fast-check'

import { printable } from '../../../src/core/text.ts'
import type { Look } from '../../../src/repl/look.ts'
import type { ShownMessage } from '../../../src/repl/messages.ts'
import { wicked } from '../../wicked.ts'

const COLUMNS_MIN = 21

export const anyLook: fc.Arbitrary<Look> = fc.record({
  columns: fc.oneof(fc.integer({ min: COLUMNS_MIN, max: 100 }), fc.constantFrom(200, 1000)),
  color: fc.boolean(),
  unicode: fc.boolean(),
  links: fc.boolean(),
  timeZone: fc.constant('UTC'),
})

const WORDS = [
  'word',
  'x'.repeat(70),
  '   ',
  '\n',
  '\n    ',
  '\t',
  '```\n',
  '`code  here`',
  'https://example.org/a/very/long/path?with=words#and-more',
  '日本語の長い文',
  '👩‍👩‍👧',
  '🇩🇪',
  'nai\u0308ve',
  'שלום עולם',
  'ｆｕｌｌ',
  '❤️',
  'e\u0301\u0302\u0303',
  '\u1100\u1161\u11a8',
  'क्षि',
]

/** What people write, and what nobody should. */
export const anyText: fc.Arbitrary<string> = fc
  .array(fc.oneof(fc.constantFrom(...WORDS), fc.constant(' '), fc.lorem({ maxCount: 6 }), wicked), {
    maxLength: 14,
  })
  .map((pieces) => pieces.join(''))

/** As it is given to what draws. */
export const anyName = anyText.map((text) => printable(text.slice(0, 40)) || 'bob')

export const shownMessage: fc.Arbitrary<ShownMessage> = fc.record(
  {
    sentAt: fc.date({ noInvalidDate: false }),
    who: anyName,
    own: fc.boolean(),
    text: anyText,
    action: fc.boolean(),
    event: fc.boolean(),
    aside: fc.boolean(),
    mentionsYou: fc.boolean(),
    quote: anyName,
    state: fc.constantFrom('queued', 'delivered', 'read', 'received'),
    reach: fc.record({ deliveredTo: fc.nat(99), readBy: fc.nat(99), of: fc.nat(99) }),
    marks: anyName.map((words) => ` [${words}]`),
  },
  { requiredKeys: ['sentAt', 'who', 'own', 'text'] },
)
