// What the node answered, where this screen shows it in another way than the command line does
// (`cli/render.ts` has the rest): with what to type next, and within its own width and colour.
// What a command changed of a contact is said by `notices.ts`, as when it changes by itself.
import { renderUnicodeCompact } from 'uqr'

import type { Result } from '../api/methods.ts'
import type { Contact, NearbyNode } from '../api/shapes.ts'
import { imitation, type Imitating } from '../cli/imitation.ts'
import { fit, stringWidth, wrapWords } from '../cli/width.ts'
import { printable } from '../core/text.ts'
import { type Directory, nameOf, shortAccount } from './directory.ts'
import { alarm, lineColumns, type Look, paint, sign } from './look.ts'
import { moment } from './messages.ts'

const NAME_COLUMNS = 24
const STATE_COLUMNS = 12

export function contactList(
  contacts: readonly Contact[],
  directory: Directory,
  look: Look,
): string {
  if (contacts.length === 0) return 'No contacts yet. /nearby shows who is here, /add asks them.'
  const lines = contacts.map((contact) => {
    const dot = contact.online ? paint(look, 'good', sign(look, '●', '*', ' ')) : ' '
    const own = printable(contact.name)
    const more = [
      contact.verified ? 'verified' : '',
      own !== nameOf(contact) ? `calls itself ${own}` : '',
      contact.state === 'friend' && !contact.online ? seen(contact, look) : '',
      marked(contact, look),
    ]
    const words = more.filter((part) => part !== '').join(', ')
    const state = fit(stateWord(contact), STATE_COLUMNS)
    return `  ${dot} ${fit(directory.label(contact), NAME_COLUMNS)} ${state} ${words}`.trimEnd()
  })
  return lines.join('\n')
}

function stateWord({ state, online }: Contact): string {
  switch (state) {
    case 'friend':
      return online ? 'online' : 'offline'
    case 'requested':
      return 'asked'
    case 'incoming':
      return 'asks you'
    case 'blocked':
    case 'removed':
      return state
  }
}

function seen({ lastSeen }: Contact, look: Look): string {
  return lastSeen === null ? 'never seen' : `seen ${moment(lastSeen, look)}`
}

export function nearbyList(nodes: readonly NearbyNode[], look: Look): string {
  if (nodes.length === 0) {
    return 'Nobody is nearby. Does tidings run on another machine? /doctor may tell why.'
  }
  return nodes
    .map((node) => {
      const name = printable(node.name) || '(no name yet)'
      const id = node.account === null ? '' : shortAccount(node.account)
      const stranger = node.own ? 'you' : 'new'
      const what = node.contact === null ? stranger : NEARBY_WORDS[node.contact]
      const mark = marked(node, look)
      const cells = [fit(name, NAME_COLUMNS), fit(what, STATE_COLUMNS), paint(look, 'faint', id)]
      return `    ${cells.join(' ')} ${mark}`.trimEnd()
    })
    .join('\n')
}

function marked(who: Imitating, look: Look): string {
  const words = imitation(who)
  return words === '' ? '' : `${alarm(look)} ${paint(look, 'bad', words)}`
}

const NEARBY_WORDS = {
  friend: 'contact',
  requested: 'asked',
  incoming: 'asks you',
  blocked: 'blocked',
  removed: 'new',
} as const

export function safetyNumber(
  result: Result<'contact.verify'>,
  directory: Directory,
  look: Look,
): string {
  const name = directory.label(result)
  const columns = lineColumns(look)
  const words = result.verified
    ? `You compared it before: ${name} is verified.`
    : `Compare it with what /verify shows on the screen of ${name}, face to face or by phone. If ` +
      `it is the same: /verify ${directory.handle(result)} --confirm`
  return [
    `Safety number with ${name}:`,
    ...wrapWords(printable(result.safetyNumber), columns - 2).map((line) => `  ${line}`),
    ...wrapWords(words, columns),
  ].join('\n')
}

/** The link, and a QR code of it where one can be drawn. */
export function invitation(link: string, look: Look): string {
  const lines = ['Whoever has this link can /add you with it:', printable(link)]
  if (!look.unicode) return lines.join('\n')
  // Light modules are drawn as blocks: on a dark terminal, and with colour on any, it scans.
  const code = renderUnicodeCompact(link, { border: 2 }).split('\n')
  const columns = Math.max(...code.map(stringWidth))
  if (columns > lineColumns(look)) return lines.join('\n')
  const light = (line: string): string => (look.color ? `\x1b[97;40m${line}\x1b[0m` : line)
  return [...lines, ...code.map(light)].join('\n')
}
