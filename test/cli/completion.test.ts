// Completion with a real node behind it, in real shells: asked as their scripts ask, and with keys
// pressed in a real terminal.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { test, type TestContext } from 'node:test'

import { introduce, Person, waitUntil } from '../e2e/harness.ts'
import { hasTmux, Window } from '../repl/tmux.ts'
import { hasCommand, linesOf, shellEnv } from './shells.ts'

interface Scene {
  readonly alice: Person
  readonly bob: Person
  readonly env: Record<string, string>
  /** Ids of what was said, oldest first. */
  readonly said: readonly string[]
}

async function scene(t: TestContext): Promise<Scene> {
  const alice = await Person.create(t, 'alice')
  const bob = await Person.create(t, 'bob')
  await alice.start()
  await introduce(alice, bob, await bob.start('--accept', 'auto'))
  const said: string[] = []
  for (const text of ['one', 'two $(touch pwned)']) {
    said.push((await alice.json<{ id: string }>('send', '@bob', text)).id)
  }
  for (const name of ['crew', 'night shift']) await alice.json('group', 'create', name)
  await writeFile(path.join(alice.home, 'some file.txt'), '')
  await mkdir(path.join(alice.home, 'some folder'))
  return { alice, bob, env: await shellEnv(alice), said }
}

test('in real shells, names of the running node', async (t) => {
  const all = await scene(t)
  await t.test('the program itself', () => itself(all))
  await t.test('bash', () => inBash(all))
  await t.test('fish', { skip: !hasCommand('fish') && 'fish is not installed' }, () => inFish(all))
  for (const shell of ['bash', 'zsh'] as const) {
    const missing = hasTmux() ? [shell].filter((name) => !hasCommand(name)) : ['tmux']
    const skip = missing.length > 0 && `${missing.join()} is not installed`
    await t.test(`keys in ${shell}`, { skip }, () => withKeys(shell, all))
  }
  await t.test('a name that would be a command', () => wicked(all))
})

/** What a shell is told, description and all. */
async function told({ alice }: Scene, ...words: readonly string[]): Promise<string[]> {
  const { code, stdout, stderr } = await alice.run(['__complete', 'zsh', '--', ...words])
  assert.deepEqual([code, stderr], [0, ''])
  return stdout.split('\n').slice(0, -1)
}

async function itself(all: Scene): Promise<void> {
  const [first, second] = all.said
  for (const [words, expected] of [
    [
      ['send', ''],
      ['bob\tonline', '#crew\t1 member', '#night shift\t1 member'],
    ],
    [['send', '@'], ['@bob\tonline']],
    [['send', '#n'], ['#night shift\t1 member']],
    [['group', 'members', 'c'], ['crew\t1 member']],
    [['contact', 'unblock', ''], []],
    [['search', 'x', '--from=m'], ['--from=me\tyourself']],
    [
      ['edit', ''],
      [`${second}\talice: two $(touch pwned)`, `${first}\talice: one`],
    ],
    [
      ['history', '@bob', '--before', ''],
      [`${second}\talice: two $(touch pwned)`, `${first}\talice: one`],
    ],
    [['pin', 'nothing'], []],
    [['unpin', ''], []],
    [['send', '@nobody', '--reply', ''], []],
    [['--profile', 'al'], ['alice']],
    [['--profile', 'nobody', 'send', ''], []],
    [['--home', '/nowhere', 'send', ''], []],
    [['archive', 'show', ''], []],
    [['profile', 'import', 'x'], [':file']],
  ] as const) {
    assert.deepEqual(await told(all, ...words), expected, words.join(' '))
  }
}

/** COMPREPLY after the function ran as bash runs it, for what it takes for the word. */
function bashOffers({ alice, env }: Scene, line: string, word: string, type = '9'): string[] {
  const script =
    'eval "$(tidings completion bash)"; COMP_LINE=$1 COMP_POINT=${#1} COMP_TYPE=$3; ' +
    '_tidings tidings "$2" x; printf "%s\\n" "${COMPREPLY[@]}"'
  return linesOf(['bash', '-c', script, 'bash', line, word, type], env, alice.home)
}

function inBash(all: Scene): void {
  const [first, second] = all.said
  for (const [line, word, expected] of [
    ['tidings contact ac', 'ac', ['accept']],
    ['tidings send @b', 'b', ['bob']],
    ['tidings send #', '#', [String.raw`\#crew`, String.raw`\#night\ shift`]],
    ['tidings send "#n', '#n', ['#night shift']],
    ['tidings search x --in=@b', 'b', ['bob']],
    ['tidings send @bob --wait=', '=', ['=delivered', '=read']],
    ['tidings history @bob --before ', '', [second, first]],
    ['tidings archive import some', 'some', ['some file.txt', 'some folder']],
    ['tidings --home some', 'some', ['some folder']],
    ['tidings send nobody', 'nobody', ['']],
  ] as const) {
    const offered = bashOffers(all, line, word)
    const isOfFiles = line.includes('some')
    assert.deepEqual(isOfFiles ? offered.toSorted() : offered, expected, line)
  }
  const listed = bashOffers(all, 'tidings history @bob --before ', '', '63')
  assert.deepEqual(listed, [`${second}  -- alice: two $(touch pwned)`, `${first}  -- alice: one`])
}

function inFish({ alice, env, said }: Scene): void {
  const [first, second] = said
  const offers = (line: string): string[] => {
    const script = 'tidings completion fish | source; complete -C $argv[1]'
    return linesOf(['fish', '--no-config', '-c', script, line], env, alice.home)
  }
  for (const [line, expected] of [
    ['tidings contact ac', ['accept\tAccept a request']],
    ['tidings send @b', ['@bob\tonline']],
    ['tidings send "#n', ['#night shift\t1 member']],
    ['tidings search x --in=@b', ['--in=@bob\tonline']],
    [
      'tidings history @bob --before ',
      [`${second}\talice: two $(touch pwned)`, `${first}\talice: one`],
    ],
    ['tidings archive import some', ['some file.txt', 'some folder/']],
    ['tidings export @bob --output=some', ['--output=some file.txt', '--output=some folder/']],
    ['tidings --home some', ['some folder/']],
  ] as const) {
    // Whether fish describes a folder depends on its version.
    const shown = offers(line).map((each) => each.replace(/\tDirectory$/, ''))
    assert.deepEqual(shown, expected, line)
  }
}

/** What the line is after a tab, in a terminal. */
async function withKeys(shell: 'bash' | 'zsh', { alice, env, said }: Scene): Promise<void> {
  const flags = shell === 'bash' ? ['--norc', '--noprofile', '-i'] : ['-f', '-i']
  const window = new Window([shell, ...flags], { ...env, INPUTRC: '/dev/null' })
  try {
    window.type(
      `PS1='> '; cd '${alice.home}'; eval "$(tidings completion ${shell})"; echo re""ady\n`,
    )
    await window.shows('\nready\n')
    for (const [typed, completed] of [
      ['tidings contact acc', 'tidings contact accept'],
      ['tidings send @b', 'tidings send @bob'],
      ['tidings send #n', String.raw`tidings send \#night\ shift`],
      ['tidings send "#n', 'tidings send "#night shift"'],
      ['tidings search x --in=@b', 'tidings search x --in=@bob'],
      ['tidings send @bob --wait=d', 'tidings send @bob --wait=delivered'],
      ['tidings edit ', `tidings edit ${said[0]?.slice(0, -1)}`],
      ['tidings archive import some\\ fi', String.raw`tidings archive import some\ file.txt`],
      ['tidings --config=some\\ fi', String.raw`tidings --config=some\ file.txt`],
    ] as const) {
      window.type(typed)
      window.press('Tab')
      await window.shows(`> ${completed}`)
      window.press('C-u')
      window.type('clear\n')
      await window.until(() => window.text().trim() === '>', 'a clear screen')
    }
    // A second tab lists what there is, with what it says.
    window.type('tidings edit ')
    window.press('Tab', 'Tab', 'Tab')
    await window.shows('-- alice: one')
  } finally {
    window.close()
  }
}

async function wicked(all: Scene): Promise<void> {
  const { alice, bob, env } = all
  await bob.json('name', '$(touch pwned)`touch pwned`;touch pwned')
  const nameOfBob = async (): Promise<string> => (await told(all, 'send', ''))[0] ?? ''
  await waitUntil(async () => /\t\$\(touch/.test(await nameOfBob()), 'alice knows the new name')
  const [id = '', words = ''] = (await nameOfBob()).split('\t')
  assert.match(id, /^[0-9a-v]{8}$/)
  assert.equal(words, '$(touch pwned)`touch pwned`;touch pwned, online')
  assert.equal(bashOffers(all, 'tidings send ', '')[0], id)
  const listed = bashOffers(all, 'tidings send ', '', '63')
  assert.equal(listed[0], `${id}  -- ${words}`)
  if (hasCommand('fish')) {
    const script = 'tidings completion fish | source; complete -C "tidings send "'
    spawnSync('fish', ['--no-config', '-c', script], { env, cwd: alice.home })
  }
  assert.ok(!existsSync(path.join(alice.home, 'pwned')))
  assert.ok(!existsSync('pwned'))
}

test('without a node there are no names, and no word of it', async (t) => {
  const person = await Person.create(t, 'alice')
  for (const words of [
    ['send', ''],
    ['edit', ''],
    ['--profile', ''],
    ['archive', 'show', ''],
  ]) {
    const { code, stdout, stderr } = await person.run(['__complete', 'fish', '--', ...words])
    assert.deepEqual([code, stdout, stderr], [0, '', ''], words.join(' '))
  }
})

test('an answer takes less than 150 ms of its own time', async (t) => {
  const { alice } = await scene(t)
  const time = async (run: () => unknown): Promise<number> => {
    const times = []
    for (let i = 0; i < 15; i++) {
      const before = performance.now()
      await run()
      times.push(performance.now() - before)
    }
    return Math.min(...times)
  }
  const bare = await time(() => spawnSync(process.execPath, ['-e', '0']))
  const ours = await time(() => alice.run(['__complete', 'bash', '--', 'tidings send @', '']))
  t.diagnostic(`node -e 0: ${bare.toFixed()} ms, names: ${ours.toFixed()} ms`)
  assert.ok(ours - bare < 150, `${ours} ms against ${bare} ms`)
})
