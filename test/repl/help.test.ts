import assert from 'node:assert/strict'
import { test } from 'node:test'

import { isTidingsError } from '../../src/core/errors.ts'
import { address } from '../../src/repl/addressing.ts'
import { readArguments } from '../../src/repl/arguments.ts'
import { COMMAND_TOPICS, FIRST_COMMANDS } from '../../src/repl/command-topics.ts'
import { COMMANDS, commandNamed } from '../../src/repl/commands.ts'
import { Directory } from '../../src/repl/directory.ts'
import { helpFor, overview, requireCommand, topicNames } from '../../src/repl/help.ts'
import { parseLine } from '../../src/repl/parse.ts'
import { TOPICS } from '../../src/repl/topics.ts'
import { contact, group } from './people.ts'

const LOOK = { columns: 80, color: false, unicode: true }
/** What a terminal of 24 rows has for it, beside the conversations and the line. */
const PAGE_ROWS = 22

const bob = contact('bob', { state: 'incoming' })
const directory = new Directory()
directory.setContacts([bob])
directory.groups.set([group('crew', 'g'.repeat(52)), group('lunch', 'l'.repeat(52))])

const rows = (page: string): string[] => page.split('\n')
const fails = (words: string) => (error: unknown) =>
  isTidingsError(error, 'bad_input') && error.message.includes(words)

test('every command is in one topic, and every topic has commands only', () => {
  const inTopics = Object.values(COMMAND_TOPICS).flatMap(({ commands }) => commands)
  assert.deepEqual(inTopics.toSorted(), COMMANDS.map(({ name }) => name).toSorted())
  assert.deepEqual(
    COMMANDS.map(({ name }) => name),
    inTopics,
    'the order is the same everywhere',
  )
  for (const name of FIRST_COMMANDS) assert.ok(commandNamed(name), name)
  assert.equal(FIRST_COMMANDS.length, 10)
})

test('every command has examples, each of which the parser accepts', () => {
  for (const { name, examples } of COMMANDS) {
    assert.notEqual(examples.length, 0, name)
    for (const example of examples) {
      const line = parseLine(example)
      if (line.kind === 'mention') continue
      assert.ok(line.kind === 'command' && line.name === name, example)
      // Their words are not taken apart.
      if (['me', 'reply', 'edit'].includes(name)) continue
      readArguments(requireCommand(name), line.rest, { directory, open: bob.account })
    }
  }
})

test('what one needs first and each topic fit a screen of 80 by 24, whose rest is read on', () => {
  const pages = [overview(LOOK), ...Object.keys(COMMAND_TOPICS).map((name) => helpFor(name, LOOK))]
  for (const page of pages) assert.ok(rows(page).length <= PAGE_ROWS, page)
  const names = [...COMMANDS.map(({ name }) => name), ...topicNames()]
  const all = [...pages, ...names.map((name) => helpFor(name, LOOK))]
  const long = all.flatMap(rows).filter((row) => row.length > 79)
  assert.deepEqual(long, [])
  assert.match(overview({ ...LOOK, columns: 60 }), /^ {2}people +who is here, contacts$/m)
})

test('of keys that do nothing, help tells only what to type in their place', () => {
  const help = helpFor('keys', { ...LOOK, words: true })
  for (const line of rows(help)) assert.ok(line.length <= 79, line)
  const told = rows(help).flatMap(
    (line) => /^(\S.*?\S) {2,}(.+)$/.exec(line)?.slice(1, 3).join(': ') ?? [],
  )
  assert.deepEqual(told, [
    'Alt+1 to Alt+0: /switch and the number, 0 for the tenth',
    'Alt+Left, Right: /switch previous, /switch next',
    'Alt+A: /next',
    'Alt+H: /close',
    'PgUp, PgDn: /earlier, /later',
    'Alt+Enter, Ctrl+J: \\ at the end of the line',
    'Tab: nothing: of a name its beginning is enough',
    'Alt+E: /editor',
  ])
  for (const [, name = ''] of help.matchAll(/(?<!\S)\/(\w+)/g)) requireCommand(name)
  assert.match(helpFor('keys', LOOK), /^Alt\+Backspace, Alt\+D/m)
})

test('/help shows the topics, a topic its commands with examples, all of them everything', () => {
  for (const name of FIRST_COMMANDS) assert.match(overview(LOOK), new RegExp(`^ {2}/${name} `, 'm'))
  for (const name of topicNames()) assert.match(overview(LOOK), new RegExp(`\\b${name}\\b`))
  const groups = helpFor('groups', LOOK)
  for (const name of COMMAND_TOPICS['groups']?.commands ?? []) {
    assert.match(groups, new RegExp(`^ {2}/${name} `, 'm'))
  }
  assert.match(groups, /For example:\n.*\/group invite #crew bob/)
  const all = helpFor('all', LOOK)
  for (const { name } of COMMANDS) assert.match(all, new RegExp(`^ {2}/${name} `, 'm'))
  for (const name of Object.keys(TOPICS)) assert.match(all, new RegExp(`^ {2}${name} `, 'm'))
})

test('/help COMMAND tells all of it, where a topic has its name both', () => {
  assert.match(helpFor('/verify', LOOK), /^\/verify WHO \[--confirm\]\n.*\n.*\n {2}--confirm /)
  assert.match(helpFor('Group  Create', LOOK), /^\/group create NAME /)
  assert.match(helpFor('conversations', LOOK), /^\/conversations\n[^]*\nConversations: /)
  assert.match(helpFor('group', LOOK), /\/group create .*\n[^]*\/group topic /)
  assert.throws(() => helpFor('hisotry', LOOK), fails('/help history?'))
  assert.throws(() => helpFor('poeple', LOOK), fails('/help people?'))
  assert.throws(() => helpFor('xyzzy', LOOK), fails('/help all'))
})

test('the signs that are doubled are explained where one looks for them', () => {
  for (const sign of ['//', '@@', '##', '/', '@', '#', 'talk']) {
    assert.match(helpFor(sign, LOOK), /\/\/etc\/hosts .*\n@@home, ##1 /)
  }
  assert.match(overview(LOOK), /\/\/ sends text that begins with a slash/)
  const home = parseLine('@home')
  const open = directory.partnerOf(bob)
  assert.throws(() => address(home, directory, open), /@@ at the beginning sends it as text/)
  assert.throws(() => requireCommand('etc/hosts'), /to send it as text, begin with \/\//)
})

test('a mistyped command is refused with the nearest one that there is', () => {
  const hint = (line: string): string => {
    const parsed = parseLine(line)
    assert.ok(parsed.kind === 'command')
    try {
      return requireCommand(parsed.name, parsed.rest).name
    } catch (error) {
      assert.ok(isTidingsError(error, 'unknown_command'))
      return error.message.slice(error.message.indexOf(';') + 2)
    }
  }
  assert.equal(hint('/hisotry bob'), 'did you mean /history?')
  assert.equal(hint('/group crate x'), 'did you mean /group create?')
  assert.equal(hint('/gruop create x'), 'did you mean /group create?')
  assert.equal(hint('/archvie lsit'), 'did you mean /archive list?')
  assert.equal(hint('/group'), '/help group lists what there is')
  assert.equal(hint('/group '), '/help group lists what there is')
  assert.equal(hint('/gr'), '/help group lists what there is')
  assert.equal(hint('/xyzzy'), '/help all lists them; to send it as text, begin with //')
})
