// Keys of a group that lead nowhere, from whoever invited: looking at them holds nothing else up.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'

import { GROUP_EPOCH_MAX } from '../../src/core/limits.ts'
import { signDeviceList } from '../../src/wire/devices.ts'
import { encodeEntry } from '../../src/wire/entry.ts'
import { groupId } from '../../src/wire/group-bodies.ts'
import { liar } from './liar.ts'
import { partsOf, person, until } from './nodes.ts'

const KEYS = 40
/** Less than four of them took when each was looked at in one go. */
const HELD_UP_MAX_MS = 1000

/** The longest that nothing else had its turn until then. */
async function heldUp(work: () => Promise<void>): Promise<number> {
  let last = performance.now()
  let most = 0
  const look = (): void => {
    const now = performance.now()
    most = Math.max(most, now - last)
    last = now
  }
  const timer = setInterval(look, 5)
  try {
    await work()
  } finally {
    clearInterval(timer)
  }
  look()
  return most
}

test('wrong keys in any number hold nobody up, and few of them are looked at', async (t) => {
  const ann = await person(t, 'ann', { accept: 'auto' })
  const foe = await liar(t, ann)
  const { account, device } = foe.peer
  const devices = signDeviceList(account.id, 1, [device.id], account.sign)
  const about = { name: 'trap', topic: '', open: false, devices, displayName: 'Liar' }
  const keys = { nonce: randomBytes(16), keyCheck: randomBytes(32) }
  const body = { kind: 'group_create', ...about, ...keys } as const
  const entry = encodeEntry({ wallTimeMs: 1, deps: [], body })
  const conversation = groupId(entry)
  const key = { epoch: GROUP_EPOCH_MAX, key: randomBytes(32) }
  foe.say({ type: 'group_invite', conversation, device: device.id, entry, name: 'trap', key })
  await until(() => ann.node.groups.list()[0]?.state === 'joining', 'ann joins')
  const { groupKeys } = partsOf(ann)
  const most = await heldUp(async () => {
    for (let i = 0; i < KEYS; i++) {
      foe.say({ type: 'group_key', conversation, epoch: 0, key: randomBytes(32) })
    }
    foe.say({ type: 'run', run: foe.scribe.next(['and now']) })
    await until(
      async () => (await ann.node.history(foe.account, { limit: 1 })).length > 0,
      'all were heard',
    )
    await groupKeys.idle()
  })
  assert.ok(most < HELD_UP_MAX_MS, `${Math.round(most)} ms`)
})
