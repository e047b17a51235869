import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'

import { complete } from '../../src/repl/complete.ts'
import { Directory } from '../../src/repl/directory.ts'
import { Foresight } from '../../src/repl/foresight.ts'
import type { Partner } from '../../src/repl/partner.ts'
import type { ReplClient } from '../../src/repl/repl-client.ts'
import { contact, group, message } from './people.ts'

const CREW = 'g'.repeat(52)
const bob = contact('bob')
const zoe = { account: 'z'.repeat(52), name: 'zoe', role: 'member', you: false, imitates: null }

function sitting(open?: 'bob' | 'crew') {
  const asked: string[] = []
  const call = async (method: string, params: Record<string, string>): Promise<unknown> => {
    asked.push(`${method} ${params['group'] ?? params['conversation'] ?? ''}`.trim())
    if (method === 'group.members') return [zoe]
    if (method === 'history') return [message(bob, 1, 'Tea?')]
    if (method === 'archive.list') return [{ name: 'old' }]
    throw new Error(`${method} is not asked for`)
  }
  const directory = new Directory()
  directory.setContacts([bob])
  directory.groups.set([group('crew', CREW)])
  const partners = { bob: directory.partnerOf(bob), crew: directory.partner(CREW) }
  const partner: Partner | undefined = open && partners[open]
  const client = { call } as unknown as ReplClient
  const foresight = new Foresight({ directory, client: () => client, open: () => partner })
  const type = async (line: string): Promise<string[]> => {
    foresight.edited(line)
    await turn()
    return complete(line, foresight).hits.map(({ shown }) => shown)
  }
  return { asked, foresight, type }
}

test('what Tab needs is asked for while one types, once', async () => {
  const { asked, type } = sitting('crew')
  assert.deepEqual(await type('hello'), [])
  assert.deepEqual(asked, [])
  assert.deepEqual(await type('hello @z'), ['zoe'])
  assert.deepEqual(await type('hello @zo'), ['zoe'])
  assert.deepEqual(await type('/archive show '), ['old'])
  assert.deepEqual(await type('/group remove #crew '), ['zoe'])
  assert.deepEqual(await type('/reply '), ['^1 bob: Tea?'])
  assert.deepEqual(await type('/history bob --before '), [`${message(bob, 1, '').id} bob: Tea?`])
  assert.deepEqual(asked, [
    `group.members ${CREW}`,
    'archive.list',
    `history ${CREW}`,
    `history ${bob.conversation}`,
  ])
})

test('without a conversation, or in one with somebody, fewer things are needed', async () => {
  const alone = sitting()
  for (const line of ['/reply ', 'hello @z', '/whois bo', '@bob hi @']) await alone.type(line)
  assert.deepEqual(alone.asked, [])
  const { asked, type } = sitting('bob')
  assert.deepEqual(await type('hello @b'), ['bob'])
  assert.deepEqual(await type('/pin it'), [])
  assert.deepEqual(asked, [`history ${bob.conversation}`])
})

test('a node that does not answer has nothing to suggest, and nothing fails', async () => {
  const { foresight } = sitting('bob')
  const gone = new Foresight({
    directory: foresight.directory,
    client: () => ({ call: () => Promise.reject(new Error('gone')) }) as unknown as ReplClient,
    open: () => foresight.open,
  })
  gone.edited('/reply ')
  await turn()
  assert.deepEqual(gone.messages(bob.conversation), undefined)
})

test('what was reacted with comes first, the last before the others', () => {
  const { foresight } = sitting('bob')
  for (const line of ['/react 🚀', '/react ^2 👎', '/react 🚀 ', '/react --remove', 'x']) {
    foresight.entered(line)
  }
  assert.deepEqual(foresight.reactions, ['🚀', '👎'])
  assert.equal(complete('/react ^1 ', foresight).hits[0]?.text, '🚀 ')
})
