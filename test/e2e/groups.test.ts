// Groups as scripts and people see them: the command line, `tail`, and the REPL between two pipes.
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'

import type { Group, GroupMember } from '../../src/api/shapes-group.ts'
import type { Message } from '../../src/api/shapes.ts'
import { assertRefused, introduce, Person, waitUntil } from './harness.ts'

async function friends(t: TestContext): Promise<[ann: Person, bob: Person]> {
  const [ann, bob] = [await Person.create(t, 'ann'), await Person.create(t, 'bob')]
  await ann.start()
  await introduce(ann, bob, await bob.start('--accept', 'auto'))
  return [ann, bob]
}

async function text(who: Person, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await who.run(args)
  assert.equal(code, 0, stderr)
  return stdout
}

test('a group from its first command to its last', async (t) => {
  const [ann, bob] = await friends(t)
  const made = await ann.json<Group>('group', 'create', 'crew', '--topic', 'tides')
  assert.deepEqual([made.name, made.topic, made.role, made.members], ['crew', 'tides', 'admin', 1])
  assert.match(await text(ann, 'group', 'invite', '#crew', 'bob'), /^#crew {2}admin {2}2 members/)
  const isIn = async (): Promise<boolean> =>
    (await bob.json<Group[]>('group', 'list'))[0]?.state === 'joined'
  await waitUntil(isIn, 'bob has joined')
  const sent = await ann.json<{ id: string }>('send', '#crew', 'all', 'hands')
  const arrived = async (): Promise<Message | undefined> =>
    (await bob.json<Message[]>('history', '#crew')).find(({ id }) => id === sent.id)
  await waitUntil(async () => (await arrived())?.text === 'all hands', 'bob has it')
  await text(bob, 'send', '#crew', 'aye', '--reply', sent.id)
  const seen = (): Promise<string> => text(ann, 'history', '#crew')
  await waitUntil(async () => (await seen()).includes('bob: aye'), 'ann has the answer')
  const shown = await seen()
  assert.match(shown, /^\S+ \S+ {2}\* ann made the group "crew"\n/)
  assert.match(shown, / \* bob joined\n/)
  assert.match(shown, / ann: all hands {2}\(delivered\)\n/)
  assert.match(await text(ann, 'edit', sent.id, 'all hands!'), / \(edited\) {2}\((queued|deliv)/)
  await text(bob, 'react', sent.id, '👍')
  await text(bob, 'pin', sent.id)
  await waitUntil(async () => (await arrived())?.text === 'all hands!', 'bob has the other words')
  const marks = /: all hands! {2}\(edited\) {2}\(pinned\) {2}\[👍\]/
  await waitUntil(async () => marks.test(await seen()), 'ann sees what bob did')
  assert.match(await text(ann, 'pins', '#crew'), marks)
  await assertRefused(bob, ['delete', sent.id], { exit: 1, code: 'not_yours' })
  const members = await ann.json<GroupMember[]>('group', 'members', '#crew')
  assert.deepEqual(
    members.map(({ name, role, joined, you }) => [name, role, joined, you]),
    [
      ['ann', 'admin', true, true],
      ['bob', 'member', true, false],
    ],
  )
  assert.match(await text(ann, 'sync', '#crew'), /^#crew: complete\n {2}\S+: \d+ of \d+/)
  assert.match(await text(ann, 'conversations'), /^#crew .*aye$/m)

  await assertRefused(bob, ['group', 'remove', '#crew', 'ann'], { exit: 1, code: 'not_admin' })
  await assertRefused(bob, ['group', 'join', '#none'], { exit: 1, code: 'unknown_conversation' })
  await assertRefused(ann, ['group', 'create', ' '], { exit: 2, code: 'bad_name' })
  await assertRefused(ann, ['group', 'invite', '#crew', 'zoe'], { exit: 1, code: 'unknown_name' })
  await assertRefused(ann, ['send', '#none', 'x'], { exit: 1, code: 'unknown_conversation' })
  await text(ann, 'group', 'rename', '#crew', 'night watch')
  await waitUntil(
    async () => (await bob.json<Group[]>('group', 'list'))[0]?.name === 'night watch',
    'bob knows the name',
  )
  await text(bob, 'group', 'leave', '#night watch')
  await waitUntil(
    async () => (await ann.json<GroupMember[]>('group', 'members', '#night watch')).length === 1,
    'ann knows',
  )
  await assertRefused(bob, ['send', '#night watch', 'x'], { exit: 1, code: 'not_a_member' })
})

test('a group whose new members read from their joining on', async (t) => {
  const [ann, bob] = await friends(t)
  const made = await ann.json<Group>('group', 'create', 'crew', '--history', 'joining')
  assert.deepEqual([made.history, made.role], ['joining', 'admin'])
  assert.equal((await ann.json<Group>('group', 'create', 'lunch')).history, 'all')
  await text(ann, 'send', '#crew', 'before bob')
  assert.match(await text(ann, 'group', 'list'), /#crew .*1 member .*history from joining/)
  await text(ann, 'group', 'invite', '#crew', 'bob')
  const isIn = async (): Promise<boolean> =>
    (await ann.json<GroupMember[]>('group', 'members', '#crew')).every(({ joined }) => joined)
  await waitUntil(isIn, 'bob has joined')
  await text(ann, 'send', '#crew', 'hello bob')
  const seen = (): Promise<string> => text(bob, 'history', '#crew')
  await waitUntil(async () => (await seen()).includes('hello bob'), 'bob has it')
  assert.ok(!(await seen()).includes('before bob'))
  assert.match(await text(bob, 'group', 'list'), /#crew .*history from joining/)
  assert.match(await text(bob, 'sync', '#crew'), /^#crew: complete/)
  assert.doesNotMatch(await text(bob, 'search', 'before'), /before bob/)
  assert.match(await text(ann, 'history', '#crew'), /ann: before bob/)
  const members = await ann.json<GroupMember[]>('group', 'members', '#crew')
  assert.deepEqual(
    members.map(({ reads }) => reads),
    ['all', 'joining'],
  )
  assert.match(await text(ann, 'group', 'members', '#crew'), /bob .*online +reads from joining/)
  const refused = { exit: 2, code: 'bad_input' }
  await assertRefused(ann, ['group', 'create', 'other', '--history', 'some'], refused)
  assert.match(await text(ann, 'group', 'create', '--help'), /--history/)
})

test('a group in the REPL: invited, joined, opened, written to', async (t) => {
  const [ann, bob] = [await Person.create(t, 'ann'), await Person.create(t, 'bob')]
  await ann.start()
  const ready = await bob.start()
  await ann.json('contact', 'add', ready.addresses[0] ?? '')
  const asked = async (): Promise<boolean> => (await bob.json<object[]>('contacts')).length > 0
  await waitUntil(asked, 'bob is asked')
  await bob.json('contact', 'accept', 'ann')
  const online = async (): Promise<boolean> =>
    (await ann.json<{ online: boolean }[]>('contacts'))[0]?.online === true
  await waitUntil(online, 'they are online')

  const typed = async (who: Person, lines: string): Promise<string> => {
    const { code, stdout, stderr } = await who.run(['repl'], { input: lines })
    assert.equal(code, 0, `${stdout}${stderr}`)
    return stdout
  }
  const made = await typed(ann, '/group create board --history joining\n/group list\n')
  assert.match(made, /#board +admin +1 member +history from joining/)
  assert.match(await typed(ann, '/help group create\n'), /--history/)
  await typed(ann, '/group create crew\n/group invite #crew bob\n')
  const invited = async (): Promise<boolean> =>
    (await bob.json<Group[]>('group', 'list'))[0]?.state === 'invited'
  await waitUntil(invited, 'bob is invited')
  assert.match(await typed(bob, '/group list\n/group join #crew\n'), /#crew {2}invited by ann/)
  const isIn = async (): Promise<boolean> =>
    (await bob.json<Group[]>('group', 'list'))[0]?.state === 'joined'
  await waitUntil(isIn, 'bob is in')
  await typed(bob, '#crew\nall here\n##1 is no group\n#2 neither\n')
  const texts = async (who: Person): Promise<string[]> =>
    (await who.json<Message[]>('history', '#crew'))
      .filter(({ kind }) => kind === 'text')
      .map((message) => message.text)
  await waitUntil(async () => (await texts(ann)).length === 3, 'ann has them')
  assert.deepEqual(await texts(ann), ['all here', '#1 is no group', '#2 neither'])
  const screen = await typed(ann, '#crew one line\n#crew\n')
  assert.match(screen, /#crew, 2 members, 1 of the others online/)
  assert.match(screen, /^\d\d:\d\d ann made the group "crew"$/m)
  assert.match(screen, /bob: all here/)
  await waitUntil(async () => (await texts(bob)).includes('one line'), 'bob has it')
})
