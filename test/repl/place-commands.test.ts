// Going to a conversation by its number, as the row of conversations and the list tell it.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Chat } from '../../src/repl/chat.ts'
import { Directory } from '../../src/repl/directory.ts'
import { PlaceCommands } from '../../src/repl/place-commands.ts'
import type { Tabs } from '../../src/repl/tabs.ts'
import { Paper } from './paper.ts'
import { contact } from './people.ts'

const people = [...'abcdefghijkl'].map((name) => contact(name))
const directory = new Directory()
directory.setContacts(people)

function places(count: number): { entered: string[]; commands: PlaceCommands } {
  const tabs = people.slice(0, count).map(({ conversation, name }) => {
    return { conversation, label: name, online: true, isOpen: false, unread: 0, mentions: 0 }
  })
  const entered: string[] = []
  const commands = new PlaceCommands({
    screen: new Paper(),
    directory,
    chat: { open: undefined } as Chat,
    tabs: { list: () => tabs } as unknown as Tabs,
    client: () => assert.fail('the node is not needed'),
    enter: async ({ label }) => void entered.push(label),
    say: async () => assert.fail('nothing is sent'),
  })
  return { entered, commands }
}

test('/switch takes each number, and 0 for the tenth, whose key is Alt+0', async () => {
  const { entered, commands } = places(12)
  for (const which of ['1', '9', '10', '0', '12']) await commands.switch(which)
  assert.deepEqual(entered, ['a', 'i', 'j', 'j', 'l'])
  for (const which of ['13', '-1', 'x']) await assert.rejects(commands.switch(which), /no conv/)
})

test('/switch 0 is refused where there is no tenth', async () => {
  const { entered, commands } = places(9)
  await assert.rejects(commands.switch('0'), /There is no conversation "0"/)
  assert.deepEqual(entered, [])
})
