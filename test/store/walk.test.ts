// Reading from key to key leaves nothing behind, however it ends.
import assert from 'node:assert/strict'
import path from 'node:path'
import { test, type TestContext } from 'node:test'

import { Level } from 'level'

import type { LevelHandle } from '../../src/store/level.ts'
import { walk } from '../../src/store/walk.ts'
import { temporaryFolder } from './samples.ts'

type Iterator = ReturnType<LevelHandle['iterator']>

const RANGE = { gte: Buffer.from('b'), lte: Buffer.from('dd'), highWaterMarkBytes: 1024 }

/** A database of `a` to `e`, and what its last iterator was asked, with what each read gave. */
async function watched(t: TestContext): Promise<{ level: LevelHandle; asked: string[] }> {
  const directory = path.join(await temporaryFolder(t), 'db')
  const options = { keyEncoding: 'buffer', valueEncoding: 'buffer' }
  const level: LevelHandle = new Level(directory, options)
  t.after(() => level.close())
  for (const key of 'abcde') await level.put(Buffer.from(key), Buffer.from(key.toUpperCase()))
  const asked: string[] = []
  const make = level.iterator.bind(level) as (range: typeof RANGE) => Iterator
  const iterator = (range: typeof RANGE): Iterator => {
    const made = make(range)
    const [next, close] = [made.next.bind(made), made.close.bind(made)]
    return Object.assign(made, {
      next: async () => {
        const entry = await next()
        asked.push(entry ? `read ${String(entry[0])}` : 'read nothing')
        return entry
      },
      close: () => {
        asked.push('close')
        return close()
      },
    })
  }
  return { level: Object.assign(level, { iterator }), asked }
}

test('a walk gives all of a range, in order', async (t) => {
  const { level } = await watched(t)
  const found: string[] = []
  for await (const [key, value] of walk(level, RANGE)) found.push(`${String(key)}${String(value)}`)
  assert.deepEqual(found, ['bB', 'cC', 'dD'])
})

test('the last that an iterator read before it is closed is nothing', async (t) => {
  const { level, asked } = await watched(t)
  for await (const [key] of walk(level, RANGE)) if (String(key) === 'c') break
  assert.deepEqual(asked, ['read b', 'read c', 'read nothing', 'close'])
})

test('what lies behind the range is not read for that', async (t) => {
  const { level, asked } = await watched(t)
  const lte = Buffer.from('cc')
  for await (const _ of walk(level, { ...RANGE, lte })) break
  assert.deepEqual(asked, ['read b', 'read nothing', 'close'])
})

test('an error while walking is told, and the iterator is closed', async (t) => {
  const { level, asked } = await watched(t)
  await assert.rejects(async () => {
    for await (const _ of walk(level, RANGE)) throw new Error('not what it should be')
  }, /not what it should be/)
  assert.deepEqual(asked.slice(-2), ['read nothing', 'close'])
})
