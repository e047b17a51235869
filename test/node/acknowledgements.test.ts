// What peers tell of own logs while the disk is still being looked at for what they told before.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Clock } from '../../src/core/clock.ts'
import type { ResumeToken } from '../../src/core/frames.ts'
import type { DeviceId } from '../../src/core/id.ts'
import { silentLogger } from '../../src/core/logger.ts'
import type { Counted } from '../../src/core/sync/state.ts'
import { Acknowledgements } from '../../src/node/acknowledgements.ts'
import { makeKeys } from '../net/peers.ts'
import { newConversation } from './scribe.ts'

const ME = makeKeys<DeviceId>().id
const PEER = makeKeys<DeviceId>().id
const CONVERSATION = newConversation()
const COUNTED: Counted = { told: new Uint8Array(16), lacked: [] }
const tokenAt = (position: number): ResumeToken => ({ epoch: '00', position })

class Desk {
  readonly did: unknown[] = []
  looks = 0
  /** From there on the peer holds other entries. */
  otherFrom = 0
  private disk = Promise.withResolvers<void>()
  readonly acknowledgements: Acknowledgements

  constructor() {
    const nothing: Clock = new Map()
    this.acknowledgements = new Acknowledgements(
      {
        devices: new Set([ME]),
        receipts: { holds: () => nothing, proven: () => nothing },
        headOf: () => ({ seq: 10_000, hash: new Uint8Array(32) }),
        hasMark: async (_log, seq) => {
          this.looks += 1
          await this.disk.promise
          return seq < this.otherFrom
        },
        log: silentLogger,
      },
      {
        holds: (_peer, _id, clock, unproven) => this.did.push([clock.get(ME), [...unproven]]),
        remember: (_peer, { position }) => this.did.push(`token ${position}`),
        counted: (_peer, told, isKept) => this.did.push(`counted ${told !== undefined} ${isKept}`),
      },
    )
  }

  /** It holds so much of the own log, and other entries there than are on disk. */
  tell(seq: number): void {
    const marks = new Map([[ME, new Uint8Array(16)]])
    const clock = new Map([[ME, seq]])
    this.acknowledgements.heard({ peer: PEER, conversation: CONVERSATION, clock, marks })
  }

  async rest(): Promise<void> {
    this.disk.resolve()
    await this.acknowledgements.idle()
  }
}

test('however much a peer tells meanwhile, one thing of it waits for the disk', async () => {
  const desk = new Desk()
  for (let seq = 1; seq <= 1000; seq++) {
    desk.tell(seq)
    desk.acknowledgements.counted(PEER, COUNTED, true)
  }
  await desk.rest()
  assert.equal(desk.looks, 2)
  const taken = desk.did.filter((each) => each !== 'counted false true')
  assert.deepEqual(taken, [[1, [ME]], [1000, [ME]], 'counted true true'])
})

test('a token still comes after the clocks for which it stands', async () => {
  const desk = new Desk()
  desk.tell(1)
  desk.acknowledgements.remember(PEER, tokenAt(1))
  desk.tell(2)
  desk.acknowledgements.remember(PEER, tokenAt(2))
  await desk.rest()
  assert.deepEqual(desk.did, [[1, [ME]], [2, [ME]], 'token 2'])
})

test('what cannot be looked up is not taken, and what waits behind it is', async () => {
  const desk = new Desk()
  desk.tell(1)
  desk.acknowledgements.remember(PEER, tokenAt(1))
  const { hooks } = desk.acknowledgements as unknown as { hooks: { holds: () => void } }
  hooks.holds = () => {
    throw new Error('not today')
  }
  await desk.rest()
  assert.deepEqual(desk.did, ['token 1'])
})

test('what is proven of one word proves nothing of a later one', async () => {
  const desk = new Desk()
  desk.otherFrom = 5
  desk.tell(4)
  desk.tell(9000)
  await desk.rest()
  const clock = new Map([[ME, 9000]]).set(PEER, 1)
  desk.acknowledgements.heard({ peer: PEER, conversation: CONVERSATION, clock })
  await desk.rest()
  assert.deepEqual(desk.did, [
    [4, []],
    [9000, [ME]],
    [9000, [ME]],
  ])
})
