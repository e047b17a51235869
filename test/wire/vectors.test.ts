// The golden vectors are what the code makes, and what the specification prints.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

import * as limits from '../../src/core/limits.ts'
import { emptyHead, checkRun } from '../../src/core/run.ts'
import { verifyDeviceList } from '../../src/wire/devices.ts'
import { decodeEntry } from '../../src/wire/entry.ts'
import { decodeFrame, encodeFrame } from '../../src/wire/frames.ts'
import { FrameSplitter } from '../../src/wire/framing.ts'
import { decodeInvite } from '../../src/wire/invite.ts'
import { makeVectors, PROTOCOL_FILE, readPrinted, VECTORS_FILE, type Vectors } from './vectors.ts'

const kept = JSON.parse(readFileSync(VECTORS_FILE, 'utf8')) as Vectors
const specification = readFileSync(PROTOCOL_FILE, 'utf8')

const bytesOf = (name: string): Buffer => Buffer.from(kept[name] ?? '', 'hex')
const under = (prefix: string): string[] =>
  Object.keys(kept).filter((name) => name.startsWith(prefix))

test('the kept vectors are what the code makes', () => {
  assert.deepEqual(kept, makeVectors())
})

test('the specification prints the kept vectors', () => {
  assert.deepEqual(readPrinted(specification), kept)
})

test('every frame vector is read, and written again the same', () => {
  const names = under('frame.')
  assert.ok(names.length >= 12)
  for (const name of names) {
    const frame = decodeFrame(bytesOf(name))
    assert.notEqual(frame.type, 'unknown')
    assert.equal(Buffer.from(encodeFrame(frame)).toString('hex'), kept[name], name)
  }
})

test('the device list and the runs in the vectors verify', () => {
  const hello = decodeFrame(bytesOf('frame.hello'))
  assert.ok(hello.type === 'hello' && verifyDeviceList(hello.devices))
  for (const name of ['frame.run_of_two', 'frame.run_with_dep']) {
    const frame = decodeFrame(bytesOf(name))
    assert.ok(frame.type === 'run')
    const { run } = frame
    assert.equal(checkRun(run, emptyHead(run.conversation, run.device)).outcome, 'extends')
  }
})

test('the vectors that must be refused are', () => {
  const names = under('refused.')
  assert.ok(names.length >= 10)
  for (const name of names) {
    const decode = name.startsWith('refused.entry.') ? decodeEntry : decodeFrame
    assert.throws(() => decode(bytesOf(name)), { code: 'protocol_error' }, name)
  }
})

test('the stream and the link in the vectors are read', () => {
  const frames = new FrameSplitter().push(bytesOf('stream.ping_then_decline'))
  assert.deepEqual(
    frames.map((frame) => decodeFrame(frame).type),
    ['ping', 'decline'],
  )
  assert.equal(decodeInvite(kept['invite'] ?? '').name, 'Ann')
})

test('the specification repeats every normative limit with its value', () => {
  const source = readFileSync(new URL('../../src/core/limits-protocol.ts', import.meta.url), 'utf8')
  const names = [...source.matchAll(/^export const (\w+)/gm)].map(([, name]) => name)
  assert.ok(names.length > 15)
  const values = new Map(Object.entries(limits))
  for (const name of names) {
    const value = values.get(name ?? '')
    assert.ok(typeof value === 'number')
    const row = new RegExp(`^\\| \`${name}\` \\| ${value} \\|`, 'm')
    assert.match(specification, row, `${name} = ${value}`)
  }
})
