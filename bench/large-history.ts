// A history as years of chat make it, written straight into a store: several conversations, words
// as often as people use them, one half typed live (each message a run), one half from catch-ups.
import { fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'

import { type AccountId, type DeviceId, directConversation, idFromBytes } from '../src/core/id.ts'
import { ORDER_CHUNK_ENTRIES } from '../src/core/limits.ts'
import { silentLogger } from '../src/core/logger.ts'
import { chainHashes, emptyHead, type LogName, SIGNATURE_BYTES } from '../src/core/run.ts'
import { takeIdentity } from '../src/node/people/identity.ts'
import { openStore } from '../src/store/open.ts'
import type { LevelStore } from '../src/store/store-level.ts'
import { encodeEntry } from '../src/wire/entry.ts'

const CONTACTS = 5
const PAGE_ENTRIES = 1024
const START_MS = Date.parse('2023-01-01T00:00:00Z')
const END_MS = Date.parse('2026-01-01T00:00:00Z')
const WORDS = 40_000

/** In one message of ten. */
export const COMMON = 'kanto'
/** In one old message. */
export const ONCE = 'quokkaberg'

const SYLLABLES = ['pan', 'ten', 'kin', 'mor', 'lar', 'sted', 'ing', 'er', 'en', 'est'].concat(
  [...'bklmnrstv'].flatMap((consonant) => [...'aeiou'].map((vowel) => consonant + vowel)),
)

/** Numbers that are the same in every run. */
function* numbers(seed: number): Generator<number, never> {
  for (let state = seed; ;) {
    state = (state + 0x6d2b79f5) | 0
    let bits = Math.imul(state ^ (state >>> 15), 1 | state)
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits
    yield ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32
  }
}

const random = numbers(1)
const next = (): number => random.next().value
const vocabulary = Array.from({ length: WORDS }, () => {
  const length = 1 + Math.floor(next() * 4)
  const syllables = Array.from({ length }, () => SYLLABLES[Math.floor(next() * SYLLABLES.length)])
  return syllables.join('')
})

/** A message of four to sixteen words; the n-th word comes up one n-th as often as the first. */
export function textOf(index: number): string {
  const own = numbers(index)
  const number = (): number => own.next().value
  const words = Array.from({ length: 4 + Math.floor(number() * 12) }, () => {
    return vocabulary[Math.floor(WORDS ** number()) - 1] ?? ''
  })
  if (number() < 0.1) words.push(COMMON)
  return words.join(' ')
}

export interface LargeHistory {
  readonly directory: string
  /** In hexadecimal. */
  readonly key: string
  readonly count: number
}

/** In a process of its own, which takes its garbage with it. */
export async function makeHistory(what: LargeHistory): Promise<LogName[]> {
  const child = fork(import.meta.filename, [])
  child.send(what)
  const [logs] = (await once(child, 'message')) as [LogName[]]
  await once(child, 'exit')
  return logs
}

async function write({ directory, key, count }: LargeHistory): Promise<LogName[]> {
  const log = silentLogger
  const bytes = Buffer.from(key, 'hex')
  const store = await openStore({ directory, key: bytes, create: true, random: randomBytes, log })
  const self = await takeIdentity(store, 'bench', randomBytes)
  const logs: LogName[] = []
  const each = Math.floor(count / (2 * CONTACTS))
  for (let contact = 0; contact < CONTACTS; contact++) {
    const account = idFromBytes<AccountId>(randomBytes(32))
    const theirs = idFromBytes<DeviceId>(randomBytes(32))
    const batch = store.batch()
    const signature = randomBytes(SIGNATURE_BYTES)
    batch.put('contact', account, {
      account,
      name: `contact ${contact}`,
      alias: '',
      state: 'friend',
      request: '',
      requestText: '',
      requestedAtMs: 0,
      declined: false,
      verified: false,
      devices: { account, version: 1, devices: [theirs], signature },
      hints: [],
      lastSeenMs: 0,
    })
    await store.commit(batch)
    const conversation = directConversation(self.account, account)
    for (const device of [self.device, theirs]) {
      const log = { conversation, device }
      logs.push(log)
      await writeLog(store, log, each, { isTyped: device === theirs, number: logs.length })
    }
  }
  await store.close()
  return logs
}

if (process.argv[1] === import.meta.filename) {
  const [what] = (await once(process, 'message')) as [LargeHistory]
  process.send?.(await write(what))
  process.disconnect?.()
}

async function writeLog(
  store: LevelStore,
  { conversation, device }: LogName,
  count: number,
  { isTyped, number }: { isTyped: boolean; number: number },
): Promise<void> {
  let head = emptyHead(conversation, device)
  for (let first = 1; first <= count; first += PAGE_ENTRIES) {
    const size = Math.min(PAGE_ENTRIES, count - first + 1)
    const entries = Array.from({ length: size }, (_, i) => {
      const seq = first + i
      const isOnce = number === 3 && seq === Math.round(count * 0.03)
      const text = textOf(number * count + seq) + (isOnce ? ` ${ONCE}` : '')
      const wallTimeMs = Math.floor(START_MS + ((END_MS - START_MS) * seq) / count) + number
      return encodeEntry({ wallTimeMs, deps: [], body: { kind: 'text', text } })
    })
    const hashes = chainHashes(head.hash, entries)
    const batch = store.batch()
    const step = isTyped ? 1 : size
    for (let at = 0; at < size; at += step) {
      const prevHash = at === 0 ? head.hash : (hashes[at - 1] as Uint8Array)
      const signature = randomBytes(SIGNATURE_BYTES)
      const run = { conversation, device, first: first + at, prevHash, signature }
      batch.putRun({ ...run, entries: entries.slice(at, at + step) })
    }
    head = { seq: first + size - 1, hash: hashes.at(-1) as Uint8Array }
    for (let at = first - 1; at < head.seq; at += ORDER_CHUNK_ENTRIES) {
      const length = Math.min(ORDER_CHUNK_ENTRIES, head.seq - at)
      const logicals = Array.from({ length }, (_, i) => at + i + 1)
      batch.putLogicals(conversation, device, at / ORDER_CHUNK_ENTRIES, logicals)
    }
    const { seq } = head
    const place = { shown: seq, logical: seq, changedAt: 1 }
    batch.putHead({ conversation, device, head, forked: false, ...place })
    await store.commit(batch)
  }
}
