// The engine is a pure function: what it is given stays as it is, and the same again gives the same
// again. Checked on whole simulated worlds, where everything that can happen does.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { isCollection, isMap, isSet } from 'immutable'

import { step as realStep } from '../../../src/core/sync/engine.ts'
import { makePlan } from '../../sim/plan.ts'
import { Random } from '../../sim/random.ts'
import { World } from '../../sim/world.ts'

const frozen = new WeakSet<object>()

function refuse(): never {
  throw new TypeError('a value given to the engine was changed')
}

/** Makes every change of a value throw, however deep it lies; bytes are copied for comparison. */
function freeze(value: unknown, bytes: Map<Uint8Array, Buffer>): void {
  if (typeof value !== 'object' || value === null) return
  if (value instanceof Uint8Array) {
    bytes.set(value, Buffer.from(value))
    return
  }
  if (value instanceof Int32Array) return freeze(new Uint8Array(value.buffer), bytes)
  if (frozen.has(value)) return
  frozen.add(value)
  const parts: unknown[] = isCollection(value)
    ? [...value]
    : value instanceof Map || value instanceof Set
      ? [...value]
      : Object.values(value)
  for (const part of parts) freeze(part, bytes)
  if (value instanceof Map || value instanceof Set) {
    for (const name of ['set', 'add', 'delete', 'clear']) {
      Object.defineProperty(value, name, { value: refuse })
    }
  }
  if (!isCollection(value)) Object.freeze(value)
}

/** Immutable collections as plain ones, which compare by their contents alone. */
function plain(value: unknown): unknown {
  if (isMap(value)) return new Map([...value].map(([key, item]) => [key, plain(item)]))
  if (isSet(value)) return new Set(value)
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value
  if (value instanceof Map || value instanceof Set) return value
  if (Array.isArray(value)) return value.map(plain)
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]))
}

const pureStep: typeof realStep = (state, event, nowMs) => {
  const bytes = new Map<Uint8Array, Buffer>()
  freeze(state, bytes)
  freeze(event, bytes)
  const one = realStep(state, event, nowMs)
  const other = realStep(state, event, nowMs)
  assert.deepEqual(plain(one), plain(other))
  for (const [value, copy] of bytes) assert.equal(Buffer.compare(value, copy), 0)
  return one
}

test('a step changes nothing that it was given, and the same step gives the same result', () => {
  for (let seed = 1; seed <= 10; seed++) {
    const random = new Random(seed)
    const plan = makePlan(seed, random)
    new World({ ...plan, appends: Math.min(plan.appends, 30) }, random, pureStep).run()
  }
})

test('the check of purity sees a change', () => {
  const map = new Map([['a', { b: [1] }]])
  freeze(map, new Map())
  assert.throws(() => map.set('c', { b: [] }), TypeError)
  assert.throws(() => map.get('a')?.b.push(2), TypeError)
})
