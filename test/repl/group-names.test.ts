import assert from 'node:assert/strict'
import { test } from 'node:test'

import { GroupNames } from '../../src/repl/group-names.ts'
import { group } from './people.ts'

const CREW = 'g'.repeat(52)
const ROOM = 'p'.repeat(52)

function names(...groups: Parameters<typeof group>[]): GroupNames {
  const all = new GroupNames()
  all.set(groups.map(([name, conversation]) => group(name, conversation)))
  return all
}

test('a text begins with the longest name that fits, in any case, or with an id', () => {
  const all = names(['crew', CREW], ['crew night', ROOM])
  const split = (text: string): [string, string] | undefined => {
    const found = all.split(text)
    return found && [found.group.conversation, found.rest]
  }
  assert.deepEqual(split('crew hi'), [CREW, 'hi'])
  assert.deepEqual(split('CREW: hi'), [CREW, 'hi'])
  assert.deepEqual(split('crew night hi'), [ROOM, 'hi'])
  assert.deepEqual(split('pppppppp hi'), [ROOM, 'hi'])
  assert.deepEqual(split(ROOM), [ROOM, ''])
  assert.deepEqual(split('crewcut'), undefined)
})

test('a group that shares its name, or has one that cannot be typed, is named by its id', () => {
  const all = names(['crew', CREW], ['Crew', ROOM])
  assert.deepEqual(
    all.list.map((each) => [all.handle(each), all.typed(each)]),
    [
      ['#gggggggg', '#gggggggg'],
      ['#pppppppp', '#pppppppp'],
    ],
  )
  for (const name of ['#1', 'say "hi"', ' x', 'x:']) {
    const [only] = names([name, CREW]).list
    assert.equal(only && names([name, CREW]).typed(only), '#gggggggg', name)
  }
})

test('a name that several groups have stands for none of them', () => {
  const all = names(['crew', CREW], ['Crew', ROOM], ['crew night', 'q'.repeat(52)])
  assert.throws(() => all.find('crew hi'), {
    code: 'ambiguous_name',
    message: '"#crew" may be #gggggggg, #pppppppp. Write that in place of the name.',
  })
  assert.equal(all.find('pppppppp hi')?.group.conversation, ROOM)
  assert.equal(all.find('crew night hi')?.rest, 'hi')
  assert.equal(all.find('nobody hi'), undefined)
})

test('a name that looks like the id of another group does not stand for it', () => {
  const all = names(['gggggggg', ROOM], ['crew', CREW], [CREW, 'q'.repeat(52)])
  assert.equal(all.split('gggggggg hi')?.group.conversation, CREW)
  assert.equal(all.split(CREW)?.group.conversation, CREW)
  const [room] = all.list.filter(({ conversation }) => conversation === ROOM)
  assert.equal(room && all.typed(room), '#pppppppp')
})
