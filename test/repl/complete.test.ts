import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { GroupMember } from '../../src/api/shapes-group.ts'
import { common, complete } from '../../src/repl/complete.ts'
import { Directory } from '../../src/repl/directory.ts'
import type { Surroundings } from '../../src/repl/surroundings.ts'
import { accountId, contact, group, message, nearbyNode, surroundings } from './people.ts'

const CREW = 'g'.repeat(52)
const PUMP = 'p'.repeat(52)
const bob = contact('bob')
const lab = contact('Bob Lab', { account: accountId('bbbb') })
const dave = contact('dave', { state: 'incoming' })
const mallory = contact('mallory', { state: 'blocked' })
const directory = new Directory()
directory.setContacts([bob, lab, dave, mallory])
directory.setNearby([nearbyNode('erin'), nearbyNode('Erin Two'), nearbyNode('frank')])
directory.groups.set([group('crew', CREW), group('Pump room', PUMP)])

const inBob = { open: directory.partnerOf(bob) }
const inCrew = { open: directory.partner(CREW) }

function member(name: string, more: Partial<GroupMember> = {}): GroupMember {
  const account = accountId(name)
  const is = { role: 'member', you: false, online: true, joined: true, reads: 'all' } as const
  return { account, name, ...is, imitates: null, ...more }
}

const at = (before: string, more: Partial<Surroundings> = {}): ReturnType<typeof complete> =>
  complete(before, surroundings(directory, more))
const hits = (before: string, more: Partial<Surroundings> = {}): string[] =>
  at(before, more).hits.map(({ text }) => text)
const shown = (before: string, more: Partial<Surroundings> = {}): string[] =>
  at(before, more).hits.map((hit) => hit.shown)

test('commands are completed, those of two words too', () => {
  assert.deepEqual(hits('/who'), ['/whois ', '/whoami '])
  assert.deepEqual(hits('/WHOI'), ['/whois '])
  assert.deepEqual(hits('/pin'), ['/pin ', '/pins '])
  assert.deepEqual(hits('/group re'), ['/group rename ', '/group remove '])
  assert.deepEqual(hits('/group  cr'), ['/group create '])
  assert.ok(hits('/group ').includes('/group join '))
  assert.deepEqual(hits('/unknown b'), [])
  assert.deepEqual(hits('plain te', inBob), [])
})

test('at the beginning of a line whom it goes to', () => {
  assert.deepEqual(hits('@b'), ['@bob ', '@"Bob Lab" '])
  assert.deepEqual(hits('@"Bob L'), ['@"Bob Lab" '])
  assert.deepEqual(hits('@Bob L'), ['@"Bob Lab" '])
  assert.deepEqual(hits('@mal'), [], 'who is blocked')
  assert.deepEqual(hits('#'), ['#crew ', '#Pump room '])
  assert.deepEqual(hits('#pu'), ['#Pump room '])
  assert.deepEqual(hits('##'), [])
  assert.deepEqual(hits('@@b'), [])
})

test('in a text those who are mentioned, who read it before others', () => {
  assert.deepEqual(hits('hello @b', inBob), ['@bob ', '@Bob Lab '])
  assert.deepEqual(hits('hello @b'), [], 'nobody reads it')
  assert.deepEqual(hits('mail b@b', inBob), [])
  assert.deepEqual(hits('//me @Bob L', inBob), ['@Bob Lab '])
  assert.deepEqual(hits('/me waves at @bo', inBob), ['@bob ', '@Bob Lab '])
  assert.deepEqual(hits('/me @bo', inBob), ['@bob ', '@Bob Lab '])
  assert.deepEqual(hits('/reply ^2 "Yes, @bo', inBob), ['@bob ', '@Bob Lab '])
  assert.deepEqual(hits('@bob look, @dav'), [])
  assert.deepEqual(hits('@bob look, (@bo'), ['@bob ', '@Bob Lab '])
  const members = (of: string): GroupMember[] => (of === CREW ? [member('zoe'), member('bob')] : [])
  assert.deepEqual(hits('hi @', { ...inCrew, members }), ['@zoe ', '@bob ', '@Bob Lab '])
  assert.deepEqual(hits('#crew hi @z', { members }), ['@zoe '])
  assert.deepEqual(hits('hi\n@z', { ...inCrew, members }), ['@zoe '])
})

test('names of the kind that the command takes', () => {
  assert.deepEqual(at('/whois d'), { hits: [{ text: 'dave ', shown: 'dave' }], replaces: 'd' })
  assert.deepEqual(hits('/accept '), ['dave '])
  assert.deepEqual(hits('/unblock '), ['mallory '])
  assert.deepEqual(hits('/block mal'), [])
  assert.deepEqual(hits('/add e'), ['erin ', '"Erin Two" '])
  assert.deepEqual(hits('/pins b'), ['bob ', '"Bob Lab" '])
  assert.deepEqual(hits('/pins @b'), ['@bob ', '@"Bob Lab" '])
  assert.deepEqual(hits('/pins #p'), ['"#Pump room" '])
  assert.deepEqual(hits('/pins pu'), ['"#Pump room" '])
  assert.deepEqual(hits(`/whois ${lab.account.slice(0, 5)}`), ['"Bob Lab" '])
})

test('every argument is completed, not only the first', () => {
  assert.deepEqual(hits('/group invite #crew bo'), ['bob ', '"Bob Lab" '])
  assert.deepEqual(hits('/group invite #crew '), ['bob ', '"Bob Lab" '])
  assert.deepEqual(hits('/group invite #Pump ro'), ['"#Pump room" '])
  assert.deepEqual(hits('/group invite "#Pump room" bo'), ['bob ', '"Bob Lab" '])
  assert.deepEqual(hits('/group invite #pump room bo'), ['bob ', '"Bob Lab" '])
  assert.deepEqual(hits('/tell '), ['read ', 'typing '])
  assert.deepEqual(hits('/tell read o'), ['on ', 'off '])
  assert.deepEqual(hits('/disappear @bob o'), ['off '])
  assert.deepEqual(hits('/quota bob n'), ['none '])
  assert.deepEqual(hits('/rename Bob L'), ['"Bob Lab" '])
  assert.deepEqual(hits('/rename bob B'), [])
  assert.deepEqual(hits('/rename nobody '), [], 'refused already')
  const members = (): GroupMember[] => [
    member('zoe'),
    member('bob', { role: 'admin' }),
    member('me', { you: true }),
  ]
  assert.deepEqual(hits('/group remove #crew ', { members }), ['zoe ', 'bob '])
  assert.deepEqual(hits('/group promote #crew ', { members }), ['zoe '])
  assert.deepEqual(hits('/group demote #crew ', { members }), ['bob '])
})

test('where something must be given, no option is put in its place', () => {
  for (const line of ['/group create ', '/group create --open ', '/search ', '/search --in bob ']) {
    assert.deepEqual(hits(line), [], line)
  }
  assert.deepEqual(hits('/verify ', { directory: new Directory() }), [])
  assert.deepEqual(hits('/group create -'), ['--topic ', '--open ', '--history '])
  assert.deepEqual(hits('/group create x '), ['--topic ', '--open ', '--history '])
  assert.deepEqual(hits('/search --in bob valve '), [
    '--from ',
    '--since ',
    '--before ',
    '--limit ',
  ])
})

test('options that are not given yet, and their values', () => {
  assert.deepEqual(hits('/verify bob --c'), ['--confirm '])
  assert.deepEqual(hits('/verify bob '), ['--confirm '])
  assert.deepEqual(hits('/verify bob --confirm --'), [])
  assert.deepEqual(hits('/mute bob --'), ['--for ', '--all '])
  assert.deepEqual(hits('/mute bob --all -'), ['--for '])
  assert.deepEqual(hits('/mute bob --for '), ['1h ', '8h ', '1d ', '1w '])
  assert.deepEqual(hits('/group create x --history '), ['all ', 'joining '])
  assert.deepEqual(hits('/export bob --format m'), ['markdown '])
  assert.deepEqual(at('/export bob --format=m').replaces, 'm')
  assert.deepEqual(hits('/export bob --format='), ['jsonl ', 'markdown ', 'text '])
  assert.deepEqual(hits('/search valve --in="Bob L'), ['"Bob Lab" '])
  assert.deepEqual(hits('/search valve --in='), hits('/search valve --in '))
  assert.deepEqual(hits('/tell read off --in @b'), ['@bob ', '@"Bob Lab" '])
  assert.deepEqual(hits('/whois bob --'), [])
  assert.deepEqual(hits('/mute bob --fro 1h --'), [], 'refused already')
  assert.deepEqual(hits('/notify m'), ['mentions '])
})

test('messages by their place with their words, and by their ids', () => {
  const said = [
    message(bob, 1, 'Tea or\ncoffee?'),
    message(bob, 2, 'mine', { own: true }),
    message(bob, 3, 'At four, where we met before, behind the pump room'),
  ]
  const known = { ...inBob, messages: () => said }
  assert.deepEqual(hits('/reply ', known), ['^1 ', '^2 '])
  assert.deepEqual(shown('/reply ', known), [
    '^1 bob: At four, where we met be…',
    '^2 bob: Tea or coffee?',
  ])
  assert.deepEqual(shown('/edit ', known), ['^1 you: mine'])
  const own = ['queued', 'delivered', 'queued'].map((state, i) => {
    return message(bob, i, `${i}`, { own: true, state: state as 'queued' | 'delivered' })
  })
  assert.deepEqual(hits('/undo ', { ...inBob, messages: () => own }), ['^1 ', '^3 '])
  assert.deepEqual(hits('/unpin ', known), [])
  assert.deepEqual(hits('/pin ', inBob), ['^1 ', '^2 ', '^3 '], 'what was said is not known')
  assert.deepEqual(hits('/pin '), [], 'nothing is open')
  const [first, , last] = said.map(({ id }) => id)
  assert.deepEqual(hits(`/delete ${last?.slice(0, 6)}`, known), [`${said[1]?.id} `])
  assert.deepEqual(
    hits('/history bob --before ', known),
    said.map(({ id }) => `${id} `).toReversed(),
  )
  assert.deepEqual(hits('/read --up-to=', known)[2], `${first} `)
})

test('what one reacts with: what was used before common ones, after the message or for it', () => {
  const reactions = ['🚀', '👎']
  assert.deepEqual(hits('/react ^2 ', { ...inBob, reactions }).slice(0, 3), ['🚀 ', '👎 ', '👍 '])
  assert.deepEqual(hits('/react ', { ...inBob, reactions }).slice(0, 5), [
    '^1 ',
    '^2 ',
    '^3 ',
    '🚀 ',
    '👎 ',
  ])
  assert.deepEqual(hits('/react 👍', inBob), ['👍 '])
  assert.deepEqual(hits('/react 👍 ', inBob), ['--remove '])
})

test('files and folders, in quotes where they need them, hidden ones behind their dot', () => {
  const folders: Readonly<Record<string, readonly string[]>> = {
    '': ['.hidden', 'may.md', 'My Docs/', 'my file.md', 'say "hi" x', 'bad\u001b[2J', '--force'],
    'My Docs/': ['a.txt', 'b c.txt'],
    '~/': ['home.md'],
  }
  const files = (folder: string): readonly string[] => folders[folder] ?? []
  assert.deepEqual(hits('/export bob --output m', { files }), [
    'may.md ',
    '"My Docs/',
    '"my file.md" ',
  ])
  assert.deepEqual(hits('/archive import "My Docs/', { files }), [
    '"My Docs/a.txt" ',
    '"My Docs/b c.txt" ',
  ])
  assert.deepEqual(shown('/archive import ', { files }), [
    'may.md',
    'My Docs/',
    'my file.md',
    '--force',
  ])
  assert.deepEqual(shown('/archive import "My Docs/', { files }), ['a.txt', 'b c.txt'])
  assert.deepEqual(hits('/archive import .', { files }), ['.hidden '])
  assert.deepEqual(hits('/archive import ~/', { files }), ['~/home.md '])
  assert.deepEqual(hits('/archive import "-', { files }), ['"--force" '])
  assert.deepEqual(hits('/archive import s', { files }), [], 'no word says it')
  assert.deepEqual(hits('/archive import ba', { files }), [], 'it would act on the terminal')
})

test('archives, and topics and commands for help', () => {
  const archives = ['old', 'Bob 2025']
  assert.deepEqual(hits('/archive show ', { archives }), ['old ', '"Bob 2025" '])
  assert.deepEqual(hits('/archive remove bob 2', { archives }), ['"Bob 2025" '])
  assert.deepEqual(hits('/help sta'), ['start ', 'status '])
  assert.deepEqual(hits('/help group c'), ['group create '])
  assert.deepEqual(hits('/help /whoi'), ['whois '])
})

test('what several hits begin with is put in place, whole characters of it', () => {
  const hit = (text: string) => ({ text, shown: text })
  const of = (replaces: string, ...texts: string[]) => common({ hits: texts.map(hit), replaces })
  assert.equal(of('b', 'bob ', 'bobby '), 'bob')
  assert.equal(of('bob', 'bob ', 'bobby '), undefined)
  assert.equal(of('"bo', '"Bob Lab" ', '"Bob Pub" '), '"Bob ')
  assert.equal(of('', '👍 ', '👎 '), undefined, 'half of a character')
  assert.equal(of('', '👩‍💻 ', '👩‍🔬 '), undefined)
  assert.equal(of('bob', 'k3j1 ', 'k3j2 '), undefined, 'by another name')
  assert.equal(of('b', 'anna '), 'anna ')
  assert.equal(of('@b', '@bob ', '@bob lab '), '@bob')
  assert.equal(of('@b', '@bob lab ', '@bob '), '@bob')
  assert.equal(of(''), undefined)
})
