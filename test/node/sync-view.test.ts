// What a node knows to be missing, and who has it.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { AccountId, DeviceId } from '../../src/core/id.ts'
import { heldBeyond } from '../../src/node/sync-view.ts'
import { author } from '../core/authors.ts'

const [ANN, BOB, CID] = [author('ann'), author('bob'), author('cid')]

test('of each log the most that anybody holds is known, and everybody who holds more', () => {
  const have = new Map([
    [ANN.device, 3],
    [BOB.device, 1],
  ])
  const beyond = heldBeyond(
    [
      [
        ANN.account,
        new Map([
          [ANN.device, 5],
          [BOB.device, 1],
        ]),
      ],
      [BOB.account, new Map([[ANN.device, 4]])],
      [BOB.account, new Map([[CID.device, 2]])],
      [CID.account, new Map([[ANN.device, 3]])],
    ],
    (device) => have.get(device) ?? 0,
  )
  assert.deepEqual(
    beyond,
    new Map([
      [ANN.device, { known: 5, holders: new Set([ANN.account, BOB.account]) }],
      [CID.device, { known: 2, holders: new Set([BOB.account]) }],
    ]),
  )
})

test('in a large group each clock is gone through once', () => {
  const members = Array.from({ length: 300 }, (_, i) => author(`member ${i}`))
  let looked = 0
  class Counted extends Map<DeviceId, number> {
    override *[Symbol.iterator](): MapIterator<[DeviceId, number]> {
      looked += this.size
      yield* super[Symbol.iterator]()
    }
    override get(device: DeviceId): number | undefined {
      looked += 1
      return super.get(device)
    }
  }
  const clock = new Counted(members.map(({ device }) => [device, 1] as const))
  const holdings = members.map(({ account }): [AccountId, Counted] => [account, clock])
  assert.equal(heldBeyond(holdings, () => 1).size, 0)
  assert.equal(looked, members.length * members.length)
})
