// What a database holds, read in full through the store, and how a damaged copy of it is judged:
// everything is there; or something is not, and the store says so; or it refuses to open, with a
// code. Anything wrong that nobody told of is silence, and fails.
import assert from 'node:assert/strict'

import { isTidingsError } from '../../../src/core/errors.ts'
import type { LevelStore } from '../../../src/store/store-level.ts'
import type { HeadRecord, RecordKind } from '../../../src/store/store.ts'

const KINDS: readonly RecordKind[] = ['identity', 'contact', 'peer', 'holds', 'read', 'setting']
/** The clear answers of a database that does not open. */
const REFUSALS = new Set(['database_damaged', 'database_busy', 'home_unusable', 'disk_full'])

export interface Contents {
  /** Entries of each log, by conversation and device. */
  readonly logs: ReadonlyMap<string, readonly string[]>
  readonly records: ReadonlyMap<string, string>
}

export type Verdict =
  | { readonly outcome: 'whole' }
  | { readonly outcome: 'reported'; readonly lost: number; readonly damage: readonly string[] }
  | { readonly outcome: 'refused'; readonly code: string; readonly message: string }

/** Everything that can be read. What cannot is left out: the store has to tell of it. */
export async function contentsOf(store: LevelStore): Promise<Contents> {
  const logs = new Map<string, string[]>()
  for (const record of await headsOf(store)) {
    logs.set(nameOf(record), await entriesOf(store, record))
  }
  const records = new Map<string, string>()
  for (const kind of KINDS) {
    for (const [key, value] of await store.all(kind)) {
      records.set(`${kind} ${key}`, JSON.stringify(value))
    }
  }
  return { logs, records }
}

/**
 * Opens a damaged copy and reads all of it.
 *
 * @param whole what it held before
 */
async function judge(open: () => Promise<LevelStore>, whole: Contents): Promise<Judged> {
  let store: LevelStore
  try {
    store = await open()
  } catch (error) {
    assert.ok(isTidingsError(error), `not one of our errors: ${String(error)}`)
    assert.ok(REFUSALS.has(error.code), `${error.code}: ${error.message}`)
    assert.ok(error.message.length > 20, 'plain words')
    return { verdict: { outcome: 'refused', code: error.code, message: error.message } }
  }
  try {
    const found = await contentsOf(store)
    const lost = compare(found, whole)
    const damage = [...store.damage]
    if (lost.length === 0 && damage.length === 0) return { verdict: { outcome: 'whole' }, found }
    assert.ok(damage.length > 0, `lost in silence: ${lost.slice(0, 5).join('; ')}`)
    return { verdict: { outcome: 'reported', lost: lost.length, damage }, found }
  } finally {
    await store.close()
  }
}

interface Judged {
  readonly verdict: Verdict
  /** What could be read of it, if it was opened. */
  readonly found?: Contents
}

export interface Verdicts {
  readonly first: Verdict
  /** Of a second opening; there is none after a refusal. */
  readonly second?: Verdict
}

/**
 * The same twice: a second opening tells no other story, and never refuses what was open.
 *
 * @param between done to the closed database after the first opening
 */
export async function judgeTwice(
  open: () => Promise<LevelStore>,
  whole: Contents,
  between: () => Promise<void> = async () => {},
): Promise<Verdicts> {
  const { verdict: first, found } = await judge(open, whole)
  if (!found) return { first }
  await between()
  // Entries are missed until a peer brings them back; that a record is gone is told once.
  const expected = { logs: whole.logs, records: found.records }
  const { verdict: second } = await judge(open, expected)
  assert.notEqual(second.outcome, 'refused', 'opened once and then no more')
  const lost = compare(found, expected).length
  if (second.outcome === 'reported') assert.ok(second.lost >= lost, 'nobody brought it back')
  return { first, second }
}

/** What is not there any more. What is there has to be right. */
function compare(found: Contents, whole: Contents): string[] {
  const lost: string[] = []
  for (const [name, entries] of whole.logs) {
    const there = found.logs.get(name) ?? []
    for (const [i, entry] of there.entries()) {
      if (entry !== '') assert.equal(entry, entries[i], `entry ${i + 1} of ${name} is another one`)
    }
    const missing = entries.length - there.filter((entry) => entry !== '').length
    if (missing > 0) lost.push(`${missing} entries of ${name}`)
  }
  for (const [key, value] of whole.records) {
    const there = found.records.get(key)
    if (there === undefined || !isAsGood(key, there, value)) lost.push(key)
  }
  return lost
}

/** What peers tell again may be of a moment before. */
function isAsGood(key: string, there: string, value: string): boolean {
  if (there === value) return true
  assert.match(key, /^(peer|holds|read|setting|contact) /, `${key} is another one: ${there}`)
  return false
}

async function headsOf(store: LevelStore): Promise<HeadRecord[]> {
  return [...(await store.heads())]
}

/** Entries as hexadecimal; empty where one cannot be read. */
async function entriesOf(store: LevelStore, record: HeadRecord): Promise<string[]> {
  const { conversation, device, head } = record
  const entries: string[] = []
  while (entries.length < head.seq) {
    try {
      const page = await store.readPage(conversation, device, entries.length + 1, head.seq)
      assert.ok(page && page.entries.length > 0)
      for (const entry of page.entries) entries.push(Buffer.from(entry).toString('hex'))
    } catch (error) {
      assert.ok(isTidingsError(error, 'database_damaged'), String(error))
      entries.push('')
    }
  }
  return entries
}

function nameOf({ conversation, device }: HeadRecord): string {
  return `${conversation}/${device}`
}
