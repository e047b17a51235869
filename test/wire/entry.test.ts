// Entries: what is one, what is none, and that the fast path judges as the full one does.
import assert from 'node:assert/strict'
import { isUtf8 } from 'node:buffer'
import { test } from 'node:test'

import * as fc from 'fast-check'

import type { Entry, EntryRef } from '../../src/core/entry.ts'
import { type DeviceId, idFromBytes } from '../../src/core/id.ts'
import {
  DEPS_MAX,
  ENTRY_BYTES_MAX,
  EXPIRES_SECONDS_MAX,
  NUMBER_MAX,
  TEXT_BYTES_MAX,
  WALL_TIME_MS_MAX,
} from '../../src/core/limits.ts'
import { isChangeBody } from '../../src/wire/change-bodies.ts'
import {
  checkText,
  decodeEntry,
  encodeEntry,
  entryDeps,
  messageMentions,
  orderedPart,
  rewritten,
} from '../../src/wire/entry.ts'
import { type Expiry, expiringAmong, goneAtOf, mayExpire } from '../../src/wire/expiry.ts'
import { arePlain, plainTextAt } from '../../src/wire/plain-text.ts'
import { Writer } from '../../src/wire/writer.ts'
import { comparable, entry } from './arbitraries.ts'

const REFUSED = { code: 'protocol_error' }
const DEVICE_A = new Uint8Array(32).fill(0xa)
const DEVICE_B = new Uint8Array(32).fill(0xb)

const textEntry = (text: string, deps: Entry['deps'] = []): Entry => ({
  wallTimeMs: 1,
  deps,
  body: { kind: 'text', text },
})
const textBody = (text: Uint8Array = Buffer.from('hi')): Writer => new Writer().bytes(1, text)
const dep = (device: Uint8Array, seq = 1): Writer => new Writer().bytes(1, device).uint(2, seq)

/** What a function did: its value, or the code it threw. */
function outcome(run: () => unknown): unknown {
  try {
    return run()
  } catch (error) {
    return (error as { code?: string }).code
  }
}

const endOf = ({ wallTimeMs, seconds }: Expiry): number => wallTimeMs + seconds

test('an entry reads back as it was written', () => {
  fc.assert(
    fc.property(entry, (value) => {
      const bytes = encodeEntry(value)
      assert.deepEqual(comparable(decodeEntry(bytes)), comparable(value))
      assert.deepEqual(entryDeps(bytes), value.deps)
      const { body, wallTimeMs } = value
      const { deps, other } = orderedPart(bytes)
      assert.deepEqual(deps, value.deps)
      const isOther = body.kind !== 'text' && !isChangeBody(body)
      assert.deepEqual(comparable(other), comparable(isOther ? body : undefined))
      const seconds = body.kind === 'text' ? body.expires : undefined
      const goneAt = seconds ? wallTimeMs + seconds : 0
      assert.equal(goneAtOf(bytes, endOf), isChangeBody(body) ? undefined : goneAt)
    }),
  )
})

test('deps are written in ascending order, however they are given', () => {
  const a = { device: idFromBytes<DeviceId>(DEVICE_A), seq: 3 }
  const b = { device: idFromBytes<DeviceId>(DEVICE_B), seq: 1 }
  assert.deepEqual(decodeEntry(encodeEntry(textEntry('hi', [b, a]))).deps, [a, b])
})

test('the fast path accepts and refuses the same bytes as the full one', () => {
  const judge = (bytes: Uint8Array): void => {
    const full = outcome(() => decodeEntry(bytes).deps)
    assert.deepEqual(
      outcome(() => entryDeps(bytes)),
      full,
    )
  }
  fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), judge))
  const mutated = fc.tuple(entry.map(encodeEntry), fc.array(fc.tuple(fc.nat(), fc.nat(255))))
  let accepted = 0
  let refused = 0
  fc.assert(
    fc.property(mutated, ([bytes, changes]) => {
      const copy = Uint8Array.from(bytes)
      for (const [at, value] of changes.slice(0, 3)) copy[at % copy.length] = value
      judge(copy)
      if (typeof outcome(() => entryDeps(copy)) === 'string') refused += 1
      else accepted += 1
    }),
    { numRuns: 500 },
  )
  assert.ok(accepted > 0 && refused > 0, `${accepted} accepted, ${refused} refused`)
})

test('a plain text is told apart, and is in every way what a full look makes of it', () => {
  const wallTimeMs = 1_700_000_000_000
  const lengths = [
    1,
    60,
    115,
    116,
    117,
    118,
    119,
    120,
    127,
    128,
    129,
    16_380,
    16_384,
    TEXT_BYTES_MAX,
  ]
  const texts = [...lengths.map((length) => 'x'.repeat(length)), 'grüße', '漢'.repeat(50)]
  for (const text of texts) {
    const bytes = encodeEntry({ ...textEntry(text), wallTimeMs })
    const at = plainTextAt(bytes)
    const isFound = Buffer.byteLength(text) <= 16_380
    assert.equal(
      Buffer.from(bytes.subarray(at)).equals(Buffer.from(text)),
      isFound,
      text.slice(0, 9),
    )
    assert.deepEqual(orderedPart(bytes), { deps: [], change: undefined, other: undefined })
    assert.deepEqual(messageMentions(bytes), [])
    assert.equal(goneAtOf(bytes, endOf), 0)
    assert.equal(mayExpire(bytes), false)
    for (let length = 0; length < Math.min(bytes.byteLength, 200); length++) {
      assert.equal(plainTextAt(bytes.subarray(0, length)), 0, `cut at ${length}`)
    }
  }
})

test('a run is plain when all its entries are, however often it is asked', () => {
  const plain = encodeEntry({ ...textEntry('hi'), wallTimeMs: 1_700_000_000_000 })
  const brief = encodeEntry({
    wallTimeMs: 1_700_000_000_000,
    deps: [],
    body: { kind: 'text', text: 'hi', expires: 60 },
  })
  const runs: [Uint8Array[], boolean, number][] = [
    [[plain], true, 0],
    [[plain, plain], true, 0],
    [[brief], false, 1],
    [[plain, brief, plain], false, 1],
  ]
  for (const [entries, isPlain, expiring] of [...runs, ...runs]) {
    assert.equal(arePlain(entries), isPlain)
    assert.equal(expiringAmong(entries), expiring)
  }
})

test('nothing else is taken for a plain text, nor anything that is no entry', () => {
  const judge = (bytes: Uint8Array): void => {
    const full = outcome(() => decodeEntry(bytes))
    const isEntry = typeof full !== 'string'
    assert.equal(outcome(() => entryDeps(bytes)) !== REFUSED.code, isEntry)
    if (plainTextAt(bytes) === 0) return
    plain += 1
    // Only its characters were not looked at.
    if (!isEntry) assert.ok(!isUtf8(bytes.subarray(plainTextAt(bytes))))
    else assert.deepEqual(Object.keys((full as Entry).body), ['kind', 'text'])
    if (isEntry) assert.deepEqual((full as Entry).deps, [])
  }
  let plain = 0
  const text = fc.oneof(
    fc.string({ minLength: 1, maxLength: 150 }),
    fc.string({ unit: 'grapheme' }),
  )
  const wallTimeMs = fc.oneof(fc.nat(), fc.integer({ min: 2 ** 35 - 2, max: 2 ** 42 + 2 }))
  const body = text.filter((each) => each !== '').map((each) => textEntry(each))
  const changes = fc.array(fc.tuple(fc.nat(20), fc.nat(255)), { maxLength: 2 })
  const mutated = fc.tuple(body, wallTimeMs, changes, fc.nat(2))
  fc.assert(
    fc.property(mutated, ([said, at, changed, more]) => {
      const bytes = encodeEntry({ ...said, wallTimeMs: at })
      for (const [place, value] of changed) bytes[place % bytes.length] = value
      judge(bytes)
      judge(Buffer.concat([bytes, new Uint8Array(more)]))
    }),
    { numRuns: 2000 },
  )
  fc.assert(fc.property(entry.map(encodeEntry), judge))
  assert.ok(plain > 500, `${plain} plain texts`)
})

test('a cut entry is refused at every length', () => {
  const a = { device: idFromBytes<DeviceId>(DEVICE_A), seq: 300 }
  const bytes = encodeEntry(textEntry('grüße', [a]))
  decodeEntry(bytes)
  for (let length = 0; length < bytes.byteLength; length++) {
    assert.throws(() => decodeEntry(bytes.slice(0, length)), REFUSED, `at ${length}`)
  }
})

test('a body of a later version is kept as unknown, by its number', () => {
  const later = new Writer().uint(1, 7).message(99, new Writer().uint(9, 1)).finish()
  assert.deepEqual(decodeEntry(later), {
    wallTimeMs: 7,
    deps: [],
    body: { kind: 'unknown', tag: 99 },
  })
  const last = new Writer().message(1000, new Writer()).finish()
  assert.deepEqual(decodeEntry(last).body, { kind: 'unknown', tag: 1000 })
})

test('fields of later versions that are no bodies are passed over, of every wire type', () => {
  const known = encodeEntry(textEntry('hi'))
  const unknown = [
    new Writer().uint(3, NUMBER_MAX).finish(),
    Buffer.from('18ffffffffffffffffff01', 'hex'),
    Buffer.concat([Buffer.of(3 * 8 + 1), new Uint8Array(8)]),
    new Writer().bytes(1001, Buffer.from('later')).finish(),
    Buffer.concat([Buffer.of(15 * 8 + 5), new Uint8Array(4)]),
  ]
  for (const field of unknown) {
    assert.deepEqual(decodeEntry(Buffer.concat([field, known])), textEntry('hi'))
    assert.deepEqual(decodeEntry(Buffer.concat([known, field])), textEntry('hi'))
  }
})

const NO_ENTRIES: Record<string, Uint8Array> = {
  'no bytes': new Uint8Array(),
  'no body': new Writer().uint(1, 5).finish(),
  'two bodies': new Writer().message(16, textBody()).message(16, textBody()).finish(),
  'a text and an unknown body': new Writer()
    .message(16, textBody())
    .message(99, new Writer())
    .finish(),
  'a body that is a number': new Writer().uint(17, 1).finish(),
  'a text body without text': new Writer().message(16, new Writer()).finish(),
  'an empty text': new Writer().message(16, textBody(new Uint8Array())).finish(),
  'a text that is not UTF-8': new Writer().message(16, textBody(Buffer.of(0xc3, 0x28))).finish(),
  'a text of a surrogate': new Writer().message(16, textBody(Buffer.of(0xed, 0xa0, 0x80))).finish(),
  'a text over the limit': new Writer()
    .message(16, textBody(Buffer.alloc(TEXT_BYTES_MAX + 1, 'a')))
    .finish(),
  'two texts in one body': new Writer()
    .message(16, textBody().bytes(1, Buffer.from('two')))
    .finish(),
  'two wall times': new Writer().uint(1, 5).uint(1, 6).message(16, textBody()).finish(),
  'a wall time after the year 9999': new Writer()
    .uint(1, WALL_TIME_MS_MAX + 1)
    .message(16, textBody())
    .finish(),
  'a number in more bytes than it needs': Buffer.concat([
    Buffer.of(8, 0x85, 0),
    new Writer().message(16, textBody()).finish(),
  ]),
  'a dep without device': new Writer()
    .message(2, new Writer().uint(2, 1))
    .message(16, textBody())
    .finish(),
  'a dep on entry 0': new Writer()
    .message(2, new Writer().bytes(1, DEVICE_A))
    .message(16, textBody())
    .finish(),
  'a dep with a short device': new Writer()
    .message(2, dep(DEVICE_A.subarray(1)))
    .message(16, textBody())
    .finish(),
  'deps that descend': new Writer()
    .message(2, dep(DEVICE_B))
    .message(2, dep(DEVICE_A))
    .message(16, textBody())
    .finish(),
  'two deps of one device': new Writer()
    .message(2, dep(DEVICE_A, 1))
    .message(2, dep(DEVICE_A, 2))
    .message(16, textBody())
    .finish(),
  'the field number 0': Buffer.concat([Buffer.of(0, 0), encodeEntry(textEntry('hi'))]),
  'a group': Buffer.concat([encodeEntry(textEntry('hi')), Buffer.of(3 * 8 + 3, 3 * 8 + 4)]),
  'a length past the end': Buffer.of(0x82, 0x01, 0x7f, 0x0a),
}

const target = (): Writer => new Writer().message(1, dep(DEVICE_A, 7))
const change = (tag: number, body: Writer): Uint8Array => new Writer().message(tag, body).finish()
const [EDIT, DELETE, REACTION, PIN] = [17, 18, 19, 20]
const THUMB = Buffer.from('👍')
const NO_CHANGES: Record<string, Uint8Array> = {
  'an edit of nothing': change(EDIT, new Writer().string(2, 'hi')),
  'an edit without text': change(EDIT, target()),
  'an edit with an empty text': change(EDIT, target().bytes(2, Buffer.alloc(0))),
  'an edit over the limit': change(EDIT, target().bytes(2, Buffer.alloc(TEXT_BYTES_MAX + 1, 'a'))),
  'an edit with mentions that descend': change(
    EDIT,
    target().string(2, 'hi').bytes(3, DEVICE_B).bytes(3, DEVICE_A),
  ),
  'two targets': change(DELETE, target().message(1, dep(DEVICE_B, 7))),
  'a deletion of nothing': change(DELETE, new Writer()),
  'a deletion of entry 0': change(DELETE, new Writer().message(1, new Writer().bytes(1, DEVICE_A))),
  'a reaction to nothing': change(REACTION, new Writer().bytes(2, THUMB)),
  'a reaction without emoji': change(REACTION, target()),
  'a reaction of two emoji': change(REACTION, target().bytes(2, Buffer.concat([THUMB, THUMB]))),
  'a reaction of two letters': change(REACTION, target().string(2, 'ok')),
  'a reaction that acts': change(REACTION, target().string(2, '\u202e')),
  'a reaction of a blank': change(REACTION, target().string(2, ' ')),
  'a reaction over the limit': change(REACTION, target().string(2, `a${'\u0301'.repeat(32)}`)),
  'a reaction that is removed twice over': change(REACTION, target().bytes(2, THUMB).uint(3, 2)),
  'a pin of nothing': change(PIN, new Writer().bool(2, true)),
  'a pin with a short device': change(PIN, new Writer().message(1, dep(DEVICE_A.subarray(1), 7))),
}

test('a change that is none is refused', async (t) => {
  for (const [name, bytes] of Object.entries(NO_CHANGES)) {
    await t.test(name, () => {
      assert.throws(() => decodeEntry(bytes), REFUSED)
      assert.throws(() => orderedPart(bytes), REFUSED)
    })
  }
})

test('what the order learns of an entry is what it changes, without words', () => {
  fc.assert(
    fc.property(entry, (value) => {
      const { deps, change } = orderedPart(encodeEntry(value))
      assert.deepEqual(deps, value.deps)
      const { body } = value
      if (body.kind === 'edit') {
        assert.deepEqual(change, { kind: 'edit', target: body.target })
      } else assert.deepEqual(change, 'target' in body ? body : undefined)
    }),
  )
})

test('written again in another place, an entry says the same of what it names there', () => {
  fc.assert(
    fc.property(entry, entry, (value, other) => {
      const moved = ({ device, seq }: EntryRef): EntryRef => ({ device, seq: (seq % 1000) + 1 })
      const again = decodeEntry(rewritten(encodeEntry(value), other.deps, moved))
      const { body } = value
      const names =
        'target' in body
          ? { target: moved(body.target) }
          : 'replyTo' in body && body.replyTo
            ? { replyTo: moved(body.replyTo) }
            : {}
      const { wallTimeMs } = value
      const expected = { wallTimeMs, deps: other.deps, body: { ...body, ...names } }
      assert.deepEqual(comparable(again), comparable(expected))
    }),
  )
})

test('what is no entry is refused', async (t) => {
  for (const [name, bytes] of Object.entries(NO_ENTRIES)) {
    await t.test(name, () => {
      assert.throws(() => decodeEntry(bytes), REFUSED)
      assert.throws(() => entryDeps(bytes), REFUSED)
    })
  }
})

test(`an entry has at most ${DEPS_MAX} deps and ${ENTRY_BYTES_MAX} bytes`, () => {
  const deps = (count: number): Entry['deps'] =>
    Array.from({ length: count }, (_, i) => {
      const device = Buffer.alloc(32)
      device.writeUInt32BE(i)
      return { device: idFromBytes<DeviceId>(device), seq: 1 }
    })
  assert.equal(entryDeps(encodeEntry(textEntry('hi', deps(DEPS_MAX)))).length, DEPS_MAX)
  assert.throws(() => encodeEntry(textEntry('hi', deps(DEPS_MAX + 1))), REFUSED)

  const fill = (size: number): Uint8Array => {
    const known = encodeEntry(textEntry('hi'))
    const padding = Buffer.alloc(size - known.byteLength - 4, 'a')
    return Buffer.concat([known, new Writer().bytes(3, padding).finish()])
  }
  assert.equal(fill(ENTRY_BYTES_MAX).byteLength, ENTRY_BYTES_MAX)
  decodeEntry(fill(ENTRY_BYTES_MAX))
  assert.throws(() => decodeEntry(fill(ENTRY_BYTES_MAX + 1)), REFUSED)
})

test('a text that cannot be sent is told apart before it is written', () => {
  assert.equal(checkText('hello'), 'hello')
  assert.equal(checkText('ü'.repeat(TEXT_BYTES_MAX / 2)).length, TEXT_BYTES_MAX / 2)
  assert.throws(() => checkText(''), { code: 'text_empty' })
  assert.throws(() => checkText('a'.repeat(TEXT_BYTES_MAX + 1)), { code: 'text_too_long' })
  assert.throws(() => checkText('ü'.repeat(TEXT_BYTES_MAX / 2) + 'a'), { code: 'text_too_long' })
  assert.throws(() => checkText('half \ud83d'), { code: 'text_not_utf8' })
  assert.throws(() => encodeEntry(textEntry('')), { code: 'text_empty' })
})

test('a text disappears after a second to a year; a timer may also say never', () => {
  const most = EXPIRES_SECONDS_MAX
  const body = (seconds: number): Uint8Array => {
    return encodeEntry({
      wallTimeMs: 1,
      deps: [],
      body: { kind: 'text', text: 'hi', expires: seconds },
    })
  }
  assert.equal(goneAtOf(body(most), endOf), 1 + most)
  assert.throws(() => body(most + 1), REFUSED)
  const zero = Buffer.concat([textBody().finish(), Buffer.from('a00100', 'hex')])
  assert.throws(() => decodeEntry(new Writer().bytes(16, zero).finish()), REFUSED)

  const off = new Writer().message(40, new Writer()).finish()
  assert.deepEqual(decodeEntry(off).body, { kind: 'timer', seconds: 0 })
  const timer = (seconds: number): Uint8Array =>
    new Writer().message(40, new Writer().uint(1, seconds)).finish()
  assert.deepEqual(decodeEntry(timer(most)).body, { kind: 'timer', seconds: most })
  assert.throws(() => decodeEntry(timer(most + 1)), REFUSED)
  const twice = new Writer().message(40, new Writer().uint(1, 5).uint(1, 5)).finish()
  assert.throws(() => decodeEntry(twice), REFUSED)
})
