import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

import { Lru } from '../../src/core/lru.ts'

const MAX = 8
const key = fc.constantFrom(...'abcdefghijkl')
const steps = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ type: fc.constant('get' as const), key }) },
    { weight: 4, arbitrary: fc.record({ type: fc.constant('set' as const), key }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('delete' as const), key }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('deleteAll' as const), key }) },
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
      for (const [number, step] of all.entries()) {
        if (step.type === 'get') {
          const found = lru.get(step.key)
          const isSure = used.slice(-MAX / 2).includes(step.key)
          if (found !== undefined) kept += 1
          else if (set.has(step.key)) forgotten += 1
          if (found !== undefined || isSure) assert.equal(found, set.get(step.key))
          if (found !== undefined) use(step.key)
        } else if (step.type === 'set') {
          lru.set(step.key, number)
          set.set(step.key, number)
          use(step.key)
        } else {
          if (step.type === 'delete') lru.delete(step.key)
          else lru.deleteAll(step.key)
          set.delete(step.key)
        }
      }
      const held = [...'abcdefghijkl'].filter((name) => lru.get(name) !== undefined)
      assert.ok(held.length <= MAX, `${held.length} values are held`)
    }),
  )
  assert.ok(kept > 0 && forgotten > 0, 'some were kept and some were forgotten')
})

test('all with a prefix are deleted, whenever they were used', () => {
  const lru = new Lru<number>(4)
  for (const [number, name] of ['log/1', 'log/2', 'log/3', 'other/1'].entries()) {
    lru.set(name, number)
  }
  lru.deleteAll('log/')
  const found = ['log/1', 'log/2', 'log/3', 'other/1'].map((name) => lru.get(name))
  assert.deepEqual(found, [undefined, undefined, undefined, 3])
})
