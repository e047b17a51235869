import assert from 'node:assert/strict'
import { test } from 'node:test'

import { type CommandSpec, METHODS } from '../../src/api/methods.ts'
import { checkParams } from '../../src/api/params.ts'
import { isTidingsError } from '../../src/core/errors.ts'
import { type ParamValues, readArguments } from '../../src/repl/arguments.ts'
import { commandNamed, COMMANDS, slashExample, usage } from '../../src/repl/commands.ts'
import { Directory } from '../../src/repl/directory.ts'
import { requireCommand } from '../../src/repl/help.ts'
import { accountId, contact, nearbyNode } from './people.ts'

const NAMES =
  'nearby add requests accept reject contacts open close history whois verify block unblock ' +
  'remove rename quota sync status doctor whoami name invite logout quit help me reply ' +
  'export disappear conversations read mute unmute tell search jump earlier later ' +
  'edit delete undo react pin unpin pins edits notify next switch editor'
const GROUP_NAMES =
  'create demote invite join leave list members nearby open promote remove rename topic'
const ARCHIVE_NAMES = 'import list show remove'

const bob = contact('bob')
const lab = contact('Bob Lab', { account: accountId('bbbb') })
const dave = contact('dave', { state: 'incoming' })
const directory = new Directory()
directory.setContacts([bob, lab, dave])
directory.setNearby([nearbyNode('erin'), nearbyNode('Erin Two'), nearbyNode('frank')])

function read(line: string, open?: string): ParamValues {
  const [name = '', ...rest] = line.split(' ')
  return readArguments(requireCommand(name), rest.join(' '), { directory, open })
}

const fails = (words: string) => (error: unknown) =>
  isTidingsError(error, 'bad_input') && error.message.includes(words)

test('every command that the issue of the REPL lists is there, and nothing twice', () => {
  const names = [
    ...NAMES.split(' '),
    ...GROUP_NAMES.split(' ').map((name) => `group ${name}`),
    ...ARCHIVE_NAMES.split(' ').map((name) => `archive ${name}`),
  ]
  assert.deepEqual(COMMANDS.map(({ name }) => name).toSorted(), names.toSorted())
})

test('every method with a slash name is a command with the same summary and arguments', () => {
  for (const [method, spec] of Object.entries(METHODS)) {
    const command: CommandSpec | undefined = 'command' in spec ? spec.command : undefined
    if (command?.slash === undefined) continue
    const found = commandNamed(command.slash)
    assert.equal(found && 'method' in found && found.method, method)
    assert.equal(found?.summary, spec.summary)
    assert.deepEqual(
      found?.args.map(({ name }) => name),
      command.args,
    )
  }
})

test('usage names what must and what may be given', () => {
  assert.equal(
    usage(requireCommand('history')),
    '/history CONVERSATION [--limit N] [--before TEXT] [--after TEXT] [--around TEXT]',
  )
  assert.equal(usage(requireCommand('verify')), '/verify WHO [--confirm]')
  assert.equal(usage(requireCommand('sync')), '/sync [CONVERSATION]')
  assert.equal(usage(requireCommand('help')), '/help [TOPIC]')
})

test('arguments become what the method takes, contacts by their account', () => {
  assert.deepEqual(read('whois bob'), { who: bob.account })
  assert.deepEqual(read('whois @Bob Lab'), { who: lab.account })
  assert.deepEqual(read('rename bob "The Boss"'), { who: bob.account, alias: 'The Boss' })
  assert.deepEqual(read('rename Bob Lab The Boss'), { who: lab.account, alias: 'The Boss' })
  assert.deepEqual(read('rename bob ""'), { who: bob.account, alias: '' })
  assert.deepEqual(read('verify bob --confirm'), { who: bob.account, confirm: true })
  assert.deepEqual(read('add 10.0.0.2:4001 --message "Hi there"'), {
    who: '10.0.0.2:4001',
    message: 'Hi there',
  })
  assert.deepEqual(read('add fra'), { who: 'frank' })
  assert.deepEqual(read('add er'), { who: 'er' })
  assert.deepEqual(read('history bob --limit=5'), { conversation: bob.account, limit: 5 })
  assert.deepEqual(read('sync'), {})
  assert.deepEqual(read('whois @"Bob Lab"'), { who: lab.account })
  assert.deepEqual(read('tell READ Off --in @bob'), {
    what: 'read',
    setting: 'off',
    in: bob.account,
  })
  assert.deepEqual(read('react @'), { emoji: '@' })
  assert.deepEqual(read('add frank --message=""'), { who: 'frank', message: '' })
  assert.deepEqual(read('add frank --message='), { who: 'frank', message: '' })
  const checked = checkParams('history', read('history bob --limit 5'))
  assert.deepEqual(checked, { conversation: bob.account, limit: 5 })
})

test('a message is named by its place from the newest, by its id, or not at all', () => {
  const id = `${'0'.repeat(26)}-17`
  assert.deepEqual(read('delete'), {})
  assert.deepEqual(read('delete ^2'), { id: '^2' })
  assert.deepEqual(read(`pin ${id}`), { id })
  assert.deepEqual(read('react 👍'), { emoji: '👍' })
  assert.deepEqual(read('react ^3 👍 --remove'), { id: '^3', emoji: '👍', remove: true })
  assert.deepEqual(read('pins', bob.account), { conversation: bob.account })
  assert.throws(() => read('react'), fails('EMOJI is missing. Usage: /react [ID] EMOJI [--remove]'))
  assert.throws(() => read('pin it'), fails('"it"'))
  assert.equal(usage(requireCommand('edit')), '/edit [ID] TEXT')
})

test('who is no contact is left to the node where the node may know more', () => {
  assert.deepEqual(read('block frank'), { who: 'frank' })
  assert.deepEqual(read('whois 10.0.0.7:4001'), { who: '10.0.0.7:4001' })
  assert.deepEqual(read('history gone'), { conversation: 'gone' })
  assert.throws(
    () => read('block nobody'),
    (error) => isTidingsError(error, 'unknown_name'),
  )
})

test('the open conversation stands in where nothing is changed by it', () => {
  assert.deepEqual(read('history', bob.account), { conversation: bob.account })
  assert.deepEqual(read('verify', bob.account), { who: bob.account })
  assert.throws(() => read('block', bob.account), fails('WHO is missing'))
  assert.throws(() => read('remove', bob.account), fails('WHO is missing'))
})

test('how long messages stay may be set for the open conversation without its name', () => {
  for (const after of ['5s', '1 day', 'off']) {
    const params = { conversation: bob.account, after }
    assert.deepEqual(read(`disappear ${after}`, bob.account), params)
    assert.deepEqual(read(`disappear @bob ${after}`, bob.account), params)
    assert.throws(() => read(`disappear ${after}`), fails('CONVERSATION is missing'))
  }
  assert.deepEqual(read('disappear bob', dave.account), { conversation: bob.account })
})

test('what is wrong with arguments is said with the usage', () => {
  assert.throws(() => read('whois'), fails('/whois: WHO is missing. Usage: /whois WHO'))
  assert.throws(() => read('status now'), fails('"now"'))
  assert.throws(() => read('history bob --limit many'), fails('--limit wants a number'))
  assert.throws(() => read('history bob --limit'), fails('--limit wants a value'))
  assert.throws(() => read('whois bob --fast'), fails('there is no option --fast. Usage'))
  assert.throws(
    () => read('mute bob --fro 1h'),
    fails('no option --fro; did you mean --for? Usage: /mute'),
  )
  assert.throws(() => read('tell raed off'), fails('what is one of read, typing, not "raed"'))
  assert.throws(() => read('tell read of'), fails('did you mean off?'))
  assert.throws(() => read('export bob --format md'), fails('--format is one of jsonl, markdown'))
  assert.throws(() => read('whois "bob'), fails('quote'))
})

test('examples of the command line become examples of the REPL, those for scripts are left', () => {
  assert.equal(
    slashExample('contact.add', 'add', 'tidings contact add 192.168.1.20:4001'),
    '/add 192.168.1.20:4001',
  )
  assert.equal(slashExample('status', 'status', 'tidings status --json'), undefined)
  assert.equal(slashExample('history', 'history', 'tidings historybook'), undefined)
  for (const command of COMMANDS) {
    for (const example of command.examples) assert.match(example, /^[/@]/)
  }
})
