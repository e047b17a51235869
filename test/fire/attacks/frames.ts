// Attacks by frames that no honest node makes: changed at random, out of range, too long, and plain
// garbage, from strangers and from contacts.
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

import type { AccountId, DeviceId } from '../../../src/core/id.ts'
import { FRAME_BYTES_MAX } from '../../../src/core/limits.ts'
import { decodeFrame, encodeFrame } from '../../../src/wire/frames.ts'
import { frameBytes } from '../../../src/wire/framing.ts'
import { makeKeys } from '../../net/peers.ts'
import { Random } from '../../sim/random.ts'
import { badFrames, type BadFrame, badHellos } from '../bad-frames.ts'
import { readCorpus } from '../corpus.ts'
import { Foe, sourceOf, type Victim } from '../foe.ts'
import { mutate } from '../mutate.ts'
import type { Attack } from '../order.ts'
import { Pen } from '../pen.ts'

/** Sessions of the fuzzer at once. */
const HANDS = 8
/** Frames of which the victim takes many in one session. */
const BATCH = 64
/** These end a session, so they come last in it. */
const LAST_WORDS = new Set(['bye', 'run', 'hello', 'decline'])

function framed(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength === 0 || bytes.byteLength > FRAME_BYTES_MAX
    ? Uint8Array.of(0)
    : frameBytes(bytes)
}

function kindOf(bytes: Uint8Array): string | undefined {
  try {
    return decodeFrame(bytes).type
  } catch {
    return undefined
  }
}

/** Real frames: those that the victim says, those that we do, and those kept from earlier. */
async function seeds(victim: Victim, from: number): Promise<Uint8Array[]> {
  await using foe = new Foe(victim, { source: sourceOf(from), name: 'Fuzz' })
  await foe.befriend()
  const { conversation } = foe
  const device = foe.device.id
  const pen = new Pen(conversation, foe.device)
  const own = [
    encodeFrame(foe.hello()),
    encodeFrame({ type: 'run', run: pen.write(['INVALID one', 'INVALID two']) }),
    encodeFrame({ type: 'want', conversation, device, first: 1, last: 2, credit: 1000 }),
    encodeFrame({ type: 'credit', conversation, device, credit: 1000 }),
    encodeFrame({ type: 'read', clock: { conversation, seqs: new Map([[device, 1]]) } }),
    encodeFrame({ type: 'clocks_wanted' }),
  ]
  return [...own, ...foe.heardBytes, ...readCorpus({ conversation, device })]
}

const fuzz: Attack = async ({ victim, dose, seed, from }, atHeight) => {
  const random = new Random(seed)
  const corpus = await seeds(victim, from)
  let said = 0
  let refused = 0
  let source = 1
  const isOver = (): boolean => said >= dose
  const next = (): Uint8Array => mutate(random.pick(corpus), corpus, random)
  const hand = async (foe: Foe): Promise<void> => {
    while (!isOver()) {
      const asStranger = random.chance(0.2)
      if (asStranger) await foe.open()
      else await foe.befriend()
      for (let i = 0; i < BATCH && !isOver() && foe.isOpen; i++) {
        const bytes = next()
        const kind = kindOf(bytes)
        foe.sayBytes(framed(bytes))
        said += 1
        if (asStranger || kind === undefined || LAST_WORDS.has(kind)) break
      }
      foe.say({ type: 'bye', code: 'done', reason: '' })
      await foe.closed(2000)
      if (foe.heard.some(({ type }) => type === 'bye')) refused += 1
      foe.hangUp()
    }
  }
  atHeight()
  await Promise.all(
    Array.from({ length: HANDS }, async () => {
      // Of new contacts a victim takes only so many in an hour.
      const [account, device] = [makeKeys<AccountId>(), makeKeys<DeviceId>()]
      while (!isOver()) {
        const next = sourceOf(from + source++)
        await using foe = new Foe(victim, { source: next, name: 'Fuzz', account, device })
        // A victim that is short of room for strangers refuses; then the next one tries.
        await hand(foe).catch(() => sleep(20))
      }
    }),
  )
  return { said, refused }
}

/** Each in a session of its own; what was not refused with a Bye and its code. */
const outOfRange: Attack = async ({ victim, dose, seed, from }, atHeight) => {
  atHeight()
  const wrong: string[] = []
  let refused = 0
  await using foe = new Foe(victim, { source: sourceOf(from), name: 'Range' })
  const all: [boolean, BadFrame][] = [
    ...badHellos(foe).map((bad): [boolean, BadFrame] => [true, bad]),
    ...badFrames(foe).map((bad): [boolean, BadFrame] => [false, bad]),
  ]
  // A smaller dose is spread over all of them, another part by each seed.
  const step = Math.ceil(all.length / dose)
  const chosen = all.filter((_, i) => i % step === seed % step)
  for (const [first, [name, bytes]] of chosen) {
    if (first) await foe.open()
    else await foe.befriend()
    foe.sayBytes(framed(bytes))
    const closed = await foe.closed(3000)
    const bye = foe.heard.find((frame) => frame.type === 'bye')
    const learned = first && foe.heard.some(({ type }) => type === 'hello')
    if (!closed || bye?.code !== 'protocol_error' || bye.reason === '' || learned) {
      wrong.push(`${name}: ${bye ? `${bye.code} ${bye.reason}` : 'no Bye'}`)
    } else refused += 1
    foe.hangUp()
    // Not more than the victim takes from one address in a second.
    await sleep(25)
  }
  return { refused, wrong: wrong.join('; ') }
}

/** Lengths over the limit, then as much as the victim takes. */
const oversize: Attack = async ({ victim, dose, from }, atHeight) => {
  await using foe = new Foe(victim, { source: sourceOf(from), name: 'Large' })
  const lengths = [
    Uint8Array.of(0x81, 0x80, 0x10),
    Uint8Array.of(0xff, 0xff, 0x7f),
    Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f),
  ]
  let sentMB = 0
  let refused = 0
  for (const asContact of [false, true]) {
    for (const length of lengths) {
      if (asContact) await foe.befriend()
      else await foe.open()
      foe.sayBytes(length)
      atHeight()
      for (let i = 0; i < dose && foe.isOpen; i++) {
        foe.sayBytes(new Uint8Array(1e6))
        sentMB += 1
        await foe.room()
        await sleep(1)
      }
      await foe.closed(3000)
      if (foe.heard.some((frame) => frame.type === 'bye' && frame.code === 'protocol_error')) {
        refused += 1
      }
      foe.hangUp()
    }
  }
  return { refused, of: 2 * lengths.length, sentMB }
}

/** Largest frames that are begun and never ended, in many sessions at once. */
const unfinished: Attack = async ({ victim, dose, from }, atHeight) => {
  const length = FRAME_BYTES_MAX
  const begin = Uint8Array.of((length & 0x7f) | 0x80, ((length >> 7) & 0x7f) | 0x80, length >> 14)
  const foes = Array.from(
    { length: dose },
    (_, i) => new Foe(victim, { source: sourceOf(from + i), name: 'Half' }),
  )
  await Promise.all(foes.map((foe) => foe.befriend(20_000)))
  for (const foe of foes) {
    foe.sayBytes(begin)
    foe.sayBytes(new Uint8Array(length - 1))
  }
  atHeight()
  await sleep(3000)
  const open = foes.filter(({ isOpen }) => isOpen).length
  await Promise.all(foes.map((foe) => foe[Symbol.asyncDispose]()))
  return { open }
}

const garbage: Attack = async ({ victim, dose, from }, atHeight) => {
  atHeight()
  let refused = 0
  for (let i = 0; i < dose; i++) {
    await using foe = new Foe(victim, { source: sourceOf(from + i), name: 'Noise' })
    await foe.greet()
    // Enough to end whatever frame it happens to begin: one that has begun is waited for.
    foe.sayBytes(randomBytes(2 * FRAME_BYTES_MAX))
    if (await foe.closed()) refused += 1
  }
  return { refused }
}

export const FRAMES: Readonly<Record<string, Attack>> = {
  fuzz,
  outOfRange,
  oversize,
  unfinished,
  garbage,
}
