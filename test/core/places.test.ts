import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

import type { Place } from '../../src/core/entry.ts'
import type { DeviceId } from '../../src/core/id.ts'
import { comparePlaces } from '../../src/core/order.ts'
import { placesFrom } from '../../src/core/places.ts'

/** Of each log how much later than the entry before each entry is. */
const steps = fc.dictionary(
  fc.constantFrom('a', 'b', 'c', 'd'),
  fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 30 }),
  { noNullPrototype: true },
)

test('pages from the beginning are the whole order, whatever their size', () => {
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 9 }), (logs, limit) => {
      const logicals = new Map<DeviceId, number[]>()
      for (const [device, rises] of Object.entries(logs)) {
        let logical = 0
        logicals.set(
          device as DeviceId,
          rises.map((rise) => (logical += rise)),
        )
      }
      const logical = (device: DeviceId, seq: number): number => {
        return logicals.get(device)?.[seq - 1] ?? assert.fail('there is no such entry')
      }
      const all = [...logicals].flatMap(([device, times]): Place[] => {
        return times.map((time, i) => ({ device, seq: i + 1, logical: time }))
      })
      const found: Place[] = []
      const next = new Map([...logicals.keys()].map((device) => [device, 1]))
      for (;;) {
        const from = new Map(
          [...next].map(([device, seq]) => {
            return [device, { next: seq, last: logicals.get(device)?.length ?? 0 }] as const
          }),
        )
        const page = placesFrom(from, logical, limit)
        assert.ok(page.length <= limit)
        for (const { device, seq } of page) next.set(device, seq + 1)
        found.push(...page)
        if (page.length < limit) break
      }
      assert.deepEqual(found, all.toSorted(comparePlaces))
    }),
  )
})
