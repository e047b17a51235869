import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

import { Lru } from '../../src/core/lru.ts'

const MAX = 4
const KEYS = [...'abcdefghijklmnop']
const key = fc.constantFrom(...KEYS)
const step = (type: 'get' | 'set' | 'delete' | 'deleteAll') =>
  fc.record({ type: fc.constant(type), key })
const steps = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: step('get') },
    { weight: 4, arbitrary: step('set') },
    { weight: 1, arbitrary: step('delete') },
    { weight: 1, arbitrary: step('deleteAll') },
  ),
  { maxLength: 200, size: 'max' },
)

test('what is found is what was set last, and what was used last is found', () => {
  let kept = 0
  let forgotten = 0
  fc.assert(
    fc.property(steps, (all) => {
      const lru = new Lru<number>(MAX)
      const set = new Map<string, number>()
      /** The last used comes last; also what was deleted since. */
      let used: string[] = []
      const use = (name: string): void => {
        used = [...used.filter((each) => each !== name), name]
      }
      for (const [number, { type, key }] of all.entries()) {
        if (type === 'get') {
          const found = lru.get(key)
          const isSure = used.slice(-MAX).includes(key)
          if (found !== undefined) kept += 1
          else if (set.has(key)) forgotten += 1
          if (found !== undefined || isSure) assert.equal(found, set.get(key))
          if (found !== undefined) use(key)
        } else if (type === 'set') {
          lru.set(key, number)
          set.set(key, number)
          use(key)
        } else {
          lru[type](key)
          set.delete(key)
        }
      }
    }),
  )
  assert.ok(kept > 0 && forgotten > 0, 'some were kept and some were forgotten')
})

test('no more than twice as many are held as are kept for sure', () => {
  const filled = (): Lru<number> => {
    const lru = new Lru<number>(MAX)
    for (let round = 0; round < 3; round++) {
      for (const [number, name] of KEYS.entries()) lru.set(name, number)
    }
    return lru
  }
  // Each is asked for by itself, since whoever asks keeps what is found.
  const held = KEYS.filter((name) => filled().get(name) !== undefined)
  assert.deepEqual(held, KEYS.slice(-2 * MAX))
})

test('all with a prefix are deleted, whenever they were used', () => {
  const lru = new Lru<number>(2)
  for (const [number, name] of ['log/1', 'log/2', 'log/3', 'other/1'].entries()) {
    lru.set(name, number)
  }
  lru.deleteAll('log/')
  const found = ['log/1', 'log/2', 'log/3', 'other/1'].map((name) => lru.get(name))
  assert.deepEqual(found, [undefined, undefined, undefined, 3])
})
