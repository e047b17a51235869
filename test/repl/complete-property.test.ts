// Whatever Tab suggests is taken by the parser for what it was suggested for, whoever and whatever
// is called how: names as bad as a stranger can choose them, look-alikes, ids in place of names.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

import { isEmoji } from '../../src/core/emoji.ts'
import { base32Encode } from '../../src/core/id.ts'
import { address } from '../../src/repl/addressing.ts'
import { readInto, type ParamValues } from '../../src/repl/arguments.ts'
import { COMMANDS, commandNamed } from '../../src/repl/commands.ts'
import { common, complete, type Completion } from '../../src/repl/complete.ts'
import { Directory } from '../../src/repl/directory.ts'
import { helpFor } from '../../src/repl/help.ts'
import { parseLine, placedWords } from '../../src/repl/parse.ts'
import type { Surroundings } from '../../src/repl/surroundings.ts'
import { WHICH } from '../../src/repl/which-message.ts'
import { wicked } from '../wicked.ts'
import { contact, group, message, nearbyNode, surroundings } from './people.ts'

/** Few first characters, so that short ids are shared. */
const id = fc
  .tuple(fc.constantFrom(0, 1), fc.nat(255))
  .map(([first, last]) =>
    base32Encode(Uint8Array.from({ length: 32 }, (_, i) => (i === 31 ? last : first))),
  )

const NAMES = [
  'bob',
  'Bob',
  'bob lab',
  'Bob  Lab ',
  'bоb',
  'say "hi"',
  '"bob"',
  '--force',
  '-',
  '@home',
  '@"x y"',
  '#crew',
  '##1',
  'crew',
  'crew,',
  'a:b',
  '/etc/hosts',
  '^1',
  'me',
  'Me',
  'you',
  'İstanbul',
  'é',
  'é',
  '👍',
  '👩‍💻',
  'שלום עולם',
  'مرحبا',
  'a\nb',
  'a␤b',
  ' x',
  '~',
  '~/',
  'on',
  'off',
  '.hidden',
  'folder/',
  'my folder/',
  '',
]
const name = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...NAMES) },
  { weight: 1, arbitrary: id },
  { weight: 1, arbitrary: id.map((whole) => whole.slice(0, 8)) },
  { weight: 2, arbitrary: wicked },
  { weight: 2, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 6 }) },
)
const state = fc.constantFrom('friend', 'requested', 'incoming', 'blocked', 'removed')
const groupState = fc.constantFrom('invited', 'joining', 'joined', 'left', 'removed')
const impostor = fc.constantFrom(null, null, null, 'bob')
const role = fc.constantFrom('admin', 'member')

const known = fc.record({
  people: fc.uniqueArray(
    fc.record({
      account: id,
      name,
      alias: fc.oneof(fc.constant(''), name),
      state,
      imitates: impostor,
    }),
    {
      selector: ({ account }) => account,
      maxLength: 5,
    },
  ),
  groups: fc.uniqueArray(fc.record({ conversation: id, name, state: groupState }), {
    selector: ({ conversation }) => conversation,
    maxLength: 4,
  }),
  nearby: fc.array(fc.record({ account: fc.option(id), name, imitates: impostor }), {
    maxLength: 3,
  }),
  members: fc.array(fc.record({ account: id, name, you: fc.boolean(), role, imitates: impostor }), {
    maxLength: 4,
  }),
  archives: fc.uniqueArray(name, { maxLength: 3 }),
  files: fc.uniqueArray(
    name.filter((each) => each !== ''),
    { maxLength: 6 },
  ),
  open: fc.nat(8),
})
type Known = typeof known extends fc.Arbitrary<infer T> ? T : never

function place({ people, groups, nearby, members, archives, files, open }: Known): Surroundings {
  const directory = new Directory()
  // Conversations of contacts are others than groups.
  const conversation = (account: string): string =>
    account.replaceAll(/./g, (c) => (c === '0' ? '1' : c === '1' ? '0' : c))
  directory.setContacts(
    people.map((each) =>
      contact(each.name, { ...each, conversation: `c${conversation(each.account)}` }),
    ),
  )
  directory.groups.set(
    groups.map((each) => ({ ...group(each.name, each.conversation), state: each.state })),
  )
  directory.setNearby(
    nearby.map((each, i) => ({ ...nearbyNode(each.name, each), peerId: String(i) })),
  )
  const conversations = [
    ...directory.contacts.map((each) => each.conversation),
    ...directory.groups.list.map((each) => each.conversation),
  ]
  const said = [1, 2, 3].map((seq) =>
    message(contact('zoe', { account: 'v'.repeat(52) }), seq, `number ${seq}`),
  )
  return surroundings(directory, {
    open: directory.partner(conversations[open] ?? ''),
    members: () =>
      members.map((each) => ({ ...each, online: true, joined: true, reads: 'all' as const })),
    messages: () => (open % 2 === 0 ? said : undefined),
    archives,
    files: () => files,
  })
}

/** What stands before the cursor: lines that are being typed, with names that may be there. */
const begun = fc.oneof(
  name.map((each) => `@${each}`),
  name.map((each) => `#${each}`),
  fc.tuple(name, name).map(([a, b]) => `@${a} hello @${b}`),
  fc.tuple(name, name).map(([a, b]) => `#${a} hello @${b}`),
  name.map((each) => `hello @${each}`),
  fc.constantFrom(
    '@',
    '#',
    '/',
    '/g',
    '/group ',
    '/archive',
    'hi @',
    '//x @',
    '@@',
    '##',
    '/me @',
    '/reply ^2 @',
  ),
)
const inCommand = fc
  .tuple(
    fc.constantFrom(...COMMANDS),
    fc.array(
      fc.oneof(
        name,
        name.map((each) => `"${each}"`),
        fc.constantFrom('#', '@', '^1', '--', 'b', '"', ''),
      ),
      { maxLength: 3 },
    ),
    fc.nat(4),
    fc.constantFrom(' ', '', '=', '="', ' "', ' @', ' #'),
  )
  .map(([{ name: command, options }, words, which, end]) => {
    const option = options[which]
    const all = option ? [...words, `--${option.flag}`] : words
    return `/${command} ${all.join(' ')}${end}`
  })

function inPlace(line: string, { replaces }: Completion, text: string): string {
  assert.ok(line.endsWith(replaces), `${JSON.stringify(replaces)} is no end of the line`)
  return line.slice(0, line.length - replaces.length) + text
}

/** What the line means, as the session and its commands read it. @throws what they say */
function read(line: string, { directory, open }: Surroundings): string | ParamValues {
  const parsed = parseLine(line)
  assert.notEqual(parsed.kind, 'nothing')
  if (parsed.kind !== 'command') return address(parsed, directory, open)[0].conversation
  const command = commandNamed(parsed.name)
  assert.ok(command, `there is no command ${parsed.name}`)
  if (['me', 'reply', 'edit'].includes(command.name)) {
    assert.ok(open !== undefined || parsed.rest === '', 'no conversation is open')
    return WHICH.exec(parsed.rest)?.[0] ?? ''
  }
  const values: ParamValues = {}
  const isOpen = placedWords(parsed.rest).at(-1)?.isOpen === true && parsed.rest.endsWith('/')
  readInto(values, command, isOpen ? `${parsed.rest}"` : parsed.rest, { directory, open: open?.to })
  const { emoji, topic } = values
  if (emoji !== undefined && line.endsWith(`${emoji} `)) assert.ok(isEmoji(String(emoji)))
  if (topic !== undefined) helpFor(String(topic), { columns: 80, color: false, unicode: true })
  return values
}

test('nothing is suggested that is refused, whatever is typed and whoever is there', () => {
  let suggested = 0
  const property = fc.property(known, fc.oneof(begun, inCommand), (what, line) => {
    const around = place(what)
    const found = complete(line, around)
    for (const { text, shown } of found.hits) {
      suggested++
      assert.notEqual(shown, '')
      read(inPlace(line, found, text), around)
    }
    // What they have in common, put in place, has the same hits again.
    const shared = common(found)
    if (shared === undefined || found.hits.length < 2) return
    const again = complete(inPlace(line, found, shared), around).hits.map(({ text }) => text)
    for (const { text } of found.hits) assert.ok(again.includes(text), `${text} after ${shared}`)
  })
  fc.assert(property, { numRuns: 8000 })
  assert.ok(suggested > 4000, `${suggested}`)
})

test('everybody and everything can be named, and is meant by what is suggested for it', () => {
  const property = fc.property(known, (what) => {
    const around = place(what)
    const { directory } = around
    const meant = (line: string, of: string): unknown[] => {
      const found = complete(line, around)
      return found.hits.map(({ text }) => {
        const meaning = read(inPlace(line, found, text), around)
        return typeof meaning === 'string' ? meaning : meaning[of]
      })
    }
    const accounts = (isWanted: (each: Known['people'][number]) => boolean): string[] =>
      what.people
        .filter((each) => each.state !== 'removed' && isWanted(each))
        .map(({ account }) => account)
    const same = (a: readonly unknown[], b: readonly unknown[]): void =>
      assert.deepEqual(a.map(String).toSorted(), b.map(String).toSorted())
    same(
      meant('/whois ', 'who'),
      accounts(() => true),
    )
    same(
      meant('/whois @', 'who'),
      accounts(() => true),
    )
    same(
      meant('/accept ', 'who'),
      accounts((each) => each.state === 'incoming'),
    )
    same(meant('/search x --from ', 'from'), ['me', ...accounts(() => true)])
    const groups = directory.groups.list.map(({ conversation }) => conversation)
    same(meant('/group members ', 'group'), groups)
    same(meant('/pins ', 'conversation'), [...accounts(() => true), ...groups])
    same(meant('#', ''), groups)
    const conversations = accounts((each) => each.state !== 'blocked').map(
      (each) => directory.get(each)?.conversation,
    )
    same(meant('@', ''), conversations)
  })
  fc.assert(property, { numRuns: 2000 })
})

test('a thousand contacts are no reason to wait', () => {
  const directory = new Directory()
  const accounts = Array.from({ length: 1000 }, (_, i) =>
    base32Encode(
      new Uint8Array(32)
        .fill(i % 251)
        .with(0, i >> 8)
        .with(1, i & 255),
    ),
  )
  directory.setContacts(accounts.map((account, i) => contact(`name ${i}`, { account })))
  directory.groups.set(accounts.slice(0, 300).map((account, i) => group(`group ${i}`, account)))
  const around = surroundings(directory)
  for (const line of ['@', '#', '/whois ', '/search x --in ']) {
    const start = performance.now()
    assert.ok(complete(line, around).hits.length >= 300)
    assert.ok(performance.now() - start < 500, `${line}: ${performance.now() - start} ms`)
  }
})
