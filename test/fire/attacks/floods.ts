// Attacks by number: of frames, messages, requests, each of them allowed.
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

import type { Frame, HelloFrame } from '../../../src/core/frames.ts'
import { type DeviceId, idFromBytes } from '../../../src/core/id.ts'
import { NUMBER_MAX } from '../../../src/core/limits.ts'
import { encodeFrame } from '../../../src/wire/frames.ts'
import { frameBytes } from '../../../src/wire/framing.ts'
import { Foe, muxerOf, sourceOf } from '../foe.ts'
import type { Attack } from '../order.ts'
import { Pen } from '../pen.ts'

const WRITE_BYTES = 64 * 1024

interface FloodOptions {
  /** What the victim answers is never read. */
  readonly deaf?: boolean
}

/** One frame of a contact, or one made anew each time, as fast as it is taken. */
function flood(frame: (foe: Foe) => () => Frame, { deaf = false }: FloodOptions = {}): Attack {
  return async ({ victim, dose, from }, atHeight) => {
    await using foe = new Foe(victim, { source: sourceOf(from), name: 'Flood' })
    await foe.befriend()
    const next = frame(foe)
    if (deaf && foe.connection) muxerOf(foe.connection).pause()
    let said = 0
    let begun = false
    while (said < dose && foe.isOpen) {
      const parts: Uint8Array[] = []
      let bytes = 0
      while (bytes < WRITE_BYTES && said < dose) {
        const part = frameBytes(encodeFrame(next()))
        parts.push(part)
        bytes += part.byteLength
        said += 1
      }
      foe.sayBytes(Buffer.concat(parts))
      await taken(foe, deaf)
      if (!begun) atHeight()
      begun = true
      foe.heard.length = 0
    }
    await sleep(1000)
    const bye = foe.heard.find((each) => each.type === 'bye')
    return { said, open: foe.isOpen, ...(bye && { bye: bye.code }) }
  }
}

/** The victim takes no more than it can; one that is not read from may take nothing at all. */
async function taken(foe: Foe, deaf: boolean): Promise<void> {
  await Promise.race([foe.room(), sleep(deaf ? 3000 : 20_000)])
  await sleep(0)
}

const once =
  (frame: Frame): (() => Frame) =>
  () =>
    frame

const hellos = flood((foe) => {
  let count = 0
  const hello: HelloFrame = foe.hello()
  return () => ({ ...hello, name: `Flood ${++count % 10}` })
})

/** Read positions of devices that there are not: all that a frame holds. */
const foreignReads = flood(({ conversation }) => () => {
  const seqs = new Map<DeviceId, number>()
  for (let i = 0; i < 200; i++) seqs.set(idFromBytes<DeviceId>(randomBytes(32)), 1)
  return { type: 'read', clock: { conversation, seqs } }
})

const reads = flood(({ conversation, device }) => {
  let seq = 0
  return () => ({ type: 'read', clock: { conversation, seqs: new Map([[device.id, ++seq]]) } })
})

const contactFrames = flood(() => () => ({
  type: 'contact',
  request: randomBytes(8).toString('hex'),
  text: 'again',
}))

const WORDS = 'x'.repeat(200)

/** Messages, properly signed, one in a run, as fast as they are taken. */
const messages: Attack = async ({ victim, dose, from }, atHeight) => {
  await using foe = new Foe(victim, { source: sourceOf(from), name: 'Chatter' })
  await foe.befriend()
  const pen = new Pen(foe.conversation, foe.device)
  const start = performance.now()
  atHeight()
  let said = 0
  for (; said < dose && foe.isOpen; said++) {
    foe.say({ type: 'run', run: pen.write([`${WORDS} ${said}`]) })
    if (said % 20 === 0) {
      await foe.room()
      await sleep(0)
    }
  }
  const bye = foe.heard.find((each) => each.type === 'bye')
  return { said, ms: Math.round(performance.now() - start), open: foe.isOpen, bye: bye?.code ?? '' }
}

/** The smallest messages, each signed by itself: they cost the most for what they hold. */
const crumbs: Attack = async ({ victim, dose, from }, atHeight) => {
  await using foe = new Foe(victim, { source: sourceOf(from), name: 'Crumbler' })
  const pen = new Pen(foe.conversation, foe.device)
  // Signed before they are sent, so that the victim is the slower one.
  const runs = Array.from({ length: dose }, () => pen.write(['.']))
  await foe.befriend()
  let said = 0
  while (said < dose && foe.isOpen) {
    foe.say(...runs.slice(said, said + 200).map((run): Frame => ({ type: 'run', run })))
    said += 200
    await taken(foe, false)
    if (said === 200) atHeight()
    foe.heard.length = 0
  }
  // What is on its way is taken, as long as the victim says that it takes more.
  do {
    foe.heard.length = 0
    await sleep(1000)
  } while (foe.isOpen && foe.heard.some(({ type }) => type === 'clocks'))
  return { said, open: foe.isOpen }
}

/** Everything that is small and allowed, one after the other. */
const garbageOfAll = flood(({ conversation, device }) => {
  let turn = 0
  const log = { conversation, device: device.id }
  return () => {
    const seq = 1 + (turn % 1000)
    const seqs = new Map([[device.id, seq]])
    const frames: readonly Frame[] = [
      { type: 'clocks', reset: turn % 5 === 0, clocks: [{ conversation, seqs }] },
      { type: 'read', clock: { conversation, seqs } },
      { type: 'credit', ...log, credit: seq },
      { type: 'want', ...log, first: seq, last: NUMBER_MAX, credit: NUMBER_MAX },
      { type: 'clocks_wanted' },
      { type: 'ping' },
    ]
    return frames[turn++ % frames.length] ?? { type: 'ping' }
  }
})

/** Large runs, to fill a disk. */
const bulk: Attack = async ({ victim, dose, from }, atHeight) => {
  await using foe = new Foe(victim, { source: sourceOf(from), name: 'Hoarder' })
  await foe.befriend()
  const pen = new Pen(foe.conversation, foe.device)
  const text = 'y'.repeat(30_000)
  let sentMB = 0
  atHeight()
  for (; sentMB < dose && foe.isOpen; sentMB++) {
    for (let i = 0; i < 10; i++) {
      foe.say({ type: 'run', run: pen.write([text, text, text].map((each) => each)) })
      await foe.room()
    }
    await sleep(0)
  }
  await sleep(500)
  const bye = foe.heard.find((each) => each.type === 'bye')
  return { sentMB, open: foe.isOpen, bye: bye?.code ?? '', ended: foe.endedBy }
}

/** Contact requests, each by somebody else, from one address or from as many. */
const requestsFrom =
  (addresses: 'one' | 'many'): Attack =>
  async ({ victim, dose, from }, atHeight) => {
    atHeight()
    let told = 0
    let refused = 0
    let kept = 0
    const ask = async (i: number): Promise<void> => {
      await using foe = new Foe(victim, {
        source: sourceOf(addresses === 'many' ? from + i : from),
        name: `Asker ${i}`,
      })
      try {
        await foe.greet(5000)
        foe.say({ type: 'contact', request: randomBytes(8).toString('hex'), text: 'please' })
        told += 1
        if (await foe.closed(300)) refused += 1
        else kept += 1
      } catch {
        refused += 1
      }
    }
    for (let i = 0; i < dose; i += 8) {
      await Promise.all(Array.from({ length: Math.min(8, dose - i) }, (_, k) => ask(i + k)))
    }
    return { told, refused, kept }
  }

export const FLOODS: Readonly<Record<string, Attack>> = {
  pings: flood(() => once({ type: 'ping' })),
  unreadPings: flood(() => once({ type: 'ping' }), { deaf: true }),
  clocksWanted: flood(() => once({ type: 'clocks_wanted' })),
  unreadClocksWanted: flood(() => once({ type: 'clocks_wanted' }), { deaf: true }),
  credits: flood(({ conversation, device }) =>
    once({ type: 'credit', conversation, device: device.id, credit: NUMBER_MAX }),
  ),
  hellos,
  reads,
  foreignReads,
  contactFrames,
  messages,
  crumbs,
  garbageOfAll,
  bulk,
  requests: requestsFrom('many'),
  requestsFromOne: requestsFrom('one'),
}
