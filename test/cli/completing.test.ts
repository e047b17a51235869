import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Client } from '../../src/api/client.ts'
import type { Contact } from '../../src/api/shapes.ts'
import { askedFor, SLOT_NAMES } from '../../src/cli/completion/asked.ts'
import { fitForBash, readLine } from '../../src/cli/completion/line.ts'
import { namesOf, type NodeKind } from '../../src/cli/completion/names.ts'
import { placeOf } from '../../src/cli/completion/place.ts'
import { SHELLS } from '../../src/cli/completion/shells.ts'
import { buildProgram } from '../../src/cli/program.ts'

const program = buildProgram(() => {})

/** What may stand in place of the last word: words, or the kind of name. */
function asked(line: string): string | string[] {
  const words = line.split(' ')
  const found = askedFor(placeOf(program, words.slice(0, -1)), words.at(-1) ?? '')
  if (found.type === 'names') return found.kind
  if (found.type !== 'words') return found.type
  const all = found.words.map(({ word }) => found.prefix + word)
  return all.filter((word) => word.startsWith(found.prefix + found.typed))
}

test('commands, groups, options and their values are known where they may stand', () => {
  for (const [line, expected] of [
    ['sta', ['start', 'status']],
    ['contact re', ['reject', 'remove', 'rename']],
    ['archive ', ['import', 'list', 'show', 'remove']],
    ['send @bob --wa', ['--wait']],
    ['--json --log debug sta', ['start', 'status']],
    ['send @bob --wait ', ['delivered', 'read']],
    ['send @bob --wait=d', ['--wait=delivered']],
    ['start --accept ', ['ask', 'auto', 'never']],
    ['export @bob --format=', ['--format=jsonl', '--format=markdown', '--format=text']],
    ['--log=w', ['--log=warn']],
    ['tell ', ['read', 'typing']],
    ['tell read o', ['on', 'off']],
    ['disappear @bob o', ['off']],
    ['completion ', ['bash', 'zsh', 'fish', 'powershell']],
    ['help contact a', ['add', 'accept']],
    ['help e', ['edit', 'edits', 'export', 'environment', 'exit-codes']],
    ['status ', []],
    ['status --vers', []],
    ['contact nonsense ', []],
    ['', asked('help ').slice(0, -5)],
  ] as const) {
    assert.deepEqual(asked(line), expected, line)
  }
})

test('an option is offered once, and none behind two dashes', () => {
  assert.deepEqual(asked('send @bob --action --act'), [])
  assert.deepEqual(asked('start --listen /ip4/1.2.3.4/tcp/1 --lis'), ['--listen'])
  assert.deepEqual(asked('send @bob -- --wa'), [])
  assert.equal(asked('send -- @b'), 'conversation')
  assert.ok(!asked('__').includes('__complete'))
})

test('what is a name, a message or a file says so, as argument and as value', () => {
  for (const [line, expected] of [
    ['send @', 'conversation'],
    ['contact add b', 'nearby'],
    ['contact accept ', 'request'],
    ['contact block ', 'contact'],
    ['group invite ', 'group'],
    ['group invite #crew ', 'contact'],
    ['search valve --from ', 'author'],
    ['search valve --in=@b', 'conversation'],
    ['tell read off --in ', 'conversation'],
    ['history @bob --before ', 'message'],
    ['send @bob --reply=', 'message'],
    ['read @bob --up-to ', 'message'],
    ['edit ', 'message'],
    ['--profile ', 'profile'],
    ['archive show ', 'archive'],
    ['--config=', 'file'],
    ['--home ', 'dir'],
    ['start --password-file ', 'file'],
    ['export @bob --output=a', 'file'],
    ['archive import ', 'file'],
    ['profile import ', 'file'],
  ] as const) {
    assert.equal(asked(line), expected, line)
  }
})

test('what is completed beside the table of methods exists', () => {
  for (const [path, name] of SLOT_NAMES) {
    const { command } = placeOf(program, path.split(' '))
    const names = [
      ...command.options.map((option) => option.attributeName()),
      ...command.registeredArguments.map((argument) => argument.name()),
    ]
    assert.ok(names.includes(name), `${path} ${name}`)
  }
})

test("bash's line is read with its quotes", () => {
  for (const [line, before, partial, quote] of [
    ['tidings send @b', ['tidings', 'send'], '@b', ''],
    ['tidings send ', ['tidings', 'send'], '', ''],
    [String.raw`tidings send Bob\ L`, ['tidings', 'send'], 'Bob L', ''],
    ['tidings send "Bob L', ['tidings', 'send'], 'Bob L', '"'],
    [`tidings send 'a"b' "c'd" `, ['tidings', 'send', 'a"b', "c'd"], '', ''],
    [`tidings send "" '`, ['tidings', 'send', ''], '', "'"],
    [String.raw`tidings send "a\"b\c" 'a\b`, ['tidings', 'send', String.raw`a"b\c`], 'a\\b', "'"],
  ] as const) {
    assert.deepEqual(readLine(line), { before, partial, quote }, line)
  }
})

test('what bash puts in is cut at its separators and quoted', () => {
  for (const [line, current, word, expected] of [
    ['tidings send @b', 'b', '@bob', 'bob'],
    ['tidings send #n', '#n', '#night shift', String.raw`\#night\ shift`],
    [String.raw`tidings send @Bob\ L`, String.raw`Bob\ L`, '@Bob Lab', String.raw`Bob\ Lab`],
    ['tidings send "@Bob', '@Bob', '@Bob Lab', '@Bob Lab'],
    ['tidings search x --in=@b', 'b', '--in=@bob', 'bob'],
    ['tidings send x', 'x', 'x;reboot', String.raw`x\;reboot`],
    ['tidings send x', 'x', 'x$(reboot)`reboot`', 'x\\$\\(reboot\\)\\`reboot\\`'],
    ['tidings send "x', 'x', 'x$(reboot)"', String.raw`x\$(reboot)\"`],
    ["tidings send 'x", 'x', "x'y", String.raw`x'\''y`],
    ['tidings send jü', 'jü', 'jürgen', 'jürgen'],
  ] as const) {
    assert.equal(fitForBash(word, readLine(line), current), expected, line)
  }
})

const ID = '9urpqn5agl694egfgh81lsfuao4tkc4a022hn3uljvotbla1vi6g'

function contact(name: string, more: Partial<Contact> = {}): Contact {
  const base = { account: `${name.length}${ID}`, name, alias: '', state: 'friend', online: false }
  return { ...base, ...more } as Contact
}

async function names(
  kind: NodeKind,
  contacts: readonly Contact[],
  command = 'contact show',
): Promise<string[]> {
  const client = { contacts: async () => contacts } as unknown as Client
  const naming = { typed: '', command, conversation: undefined }
  const found = await namesOf(kind, client, naming, AbortSignal.timeout(1000))
  return found.map(({ word }) => word)
}

test('a name that is not plain, or not of one alone, stays an id', async () => {
  const wicked = ['x;reboot', '$(reboot)', '`reboot`', "o'neill", '-rf', ':file', 'a\u202eb', '#x']
  for (const name of wicked) {
    assert.deepEqual(await names('contact', [contact(name)]), [`${name.length}9urpqn5`], name)
  }
  const twins = [contact('bob'), contact('Bob ', { name: 'BOB' }), contact('Anna Lee')]
  assert.deepEqual(await names('contact', twins), ['39urpqn5', '49urpqn5', 'Anna Lee'])
})

test('of people those are offered whom the command is for', async () => {
  const all = [
    contact('ann'),
    contact('bert', { state: 'incoming' }),
    contact('carla', { state: 'blocked' }),
    contact('dora', { state: 'removed' }),
    contact('emil', { state: 'requested', alias: 'boss' }),
  ]
  assert.deepEqual(await names('contact', all), ['ann', 'carla', 'boss'])
  assert.deepEqual(await names('request', all, 'contact accept'), ['bert'])
  assert.deepEqual(await names('contact', all, 'contact reject'), ['bert'])
  assert.deepEqual(await names('contact', all, 'contact unblock'), ['carla'])
  assert.deepEqual(await names('author', all), ['me', 'ann', 'carla', 'boss'])
})

test('every shell asks under its own name, and nothing that is answered is evaluated', () => {
  for (const [shell, script] of Object.entries(SHELLS)) {
    assert.match(script, new RegExp(`tidings __complete ${shell} -- `), shell)
    const code = script.split('\n').filter((line) => !line.startsWith('#'))
    assert.doesNotMatch(code.join('\n'), /\beval\b|Invoke-Expression|\biex\b/, shell)
  }
  assert.match(SHELLS.powershell, /Register-ArgumentCompleter -Native -CommandName tidings/)
  const count = (sign: string): number => SHELLS.powershell.split(sign).length
  for (const pair of ['{}', '()', '[]']) {
    const [open = '', close = ''] = pair
    assert.equal(count(open), count(close), pair)
  }
})
