// What a node does about forks, on the simulated disk: proofs are kept, own logs compared, and an
// own log that peers do not hold like that is cut back and written again as another device.
import { strict as assert } from 'node:assert'

import type { EntryRef } from '../../src/core/entry.ts'
import { proveFork } from '../../src/core/fork.ts'
import { type DeviceId, idFromBytes } from '../../src/core/id.ts'
import {
  chainHashes,
  closeRun,
  emptyHead,
  type Head,
  lastSeq,
  type LogName,
  publicKeyFromSeed,
  type Run,
  signerFromSeed,
} from '../../src/core/run.ts'
import { logKey, type SyncEffect } from '../../src/core/sync/state.ts'
import { rewritten as writtenAgain } from '../../src/wire/entry.ts'
import type { Disk } from './disk.ts'
import type { Replica } from './replica.ts'
import type { Shelf, Write } from './shelf.ts'

type EffectOf<T extends SyncEffect['type']> = Extract<SyncEffect, { type: T }>

/** The proof that was shown, or one of the run and the newest run held. */
export function keepProof(disk: Disk, { run, until, proof }: EffectOf<'forked'>): void {
  const kept = proof ?? proveFork(newestRun(disk.shelf, run), run)
  assert.ok(kept, 'a fork without a proof')
  const key = logKey(run.conversation, run.device)
  disk.write([{ type: 'forked', key, until, proof: kept }])
}

function newestRun(shelf: Shelf, { conversation, device }: LogName): Run {
  const { seq } = shelf.head(conversation, device)
  const run = shelf.readPage(conversation, device, { first: seq, last: seq }, 1)
  assert.ok(run && lastSeq(run) === seq, 'the newest entry is not signed')
  return run
}

/** The chain's hash at a place of a log on disk; undefined when it does not reach that far. */
export function headAt(shelf: Shelf, log: LogName, seq: number): Head | undefined {
  if (seq === 0) return emptyHead(log.conversation, log.device)
  const hash = shelf.logs.get(logKey(log.conversation, log.device))?.hashes[seq - 1]
  return hash && { seq, hash }
}

/** The answer to `compare`. */
export function agreedPlace(shelf: Shelf, run: Run): number | undefined {
  const hashes = [run.prevHash, ...chainHashes(run.prevHash, run.entries)]
  for (let i = hashes.length - 1; i >= 0; i--) {
    const own = headAt(shelf, run, run.first - 1 + i)
    const other = hashes[i]
    if (own && other && Buffer.compare(own.hash, other) === 0) return own.seq
  }
  return undefined
}

/** Carries out an `own_fork`, once nothing is being written, in one synced step; begins anew. */
export function renew(replica: Replica, effect: EffectOf<'own_fork'>): void {
  const { disk, init } = replica
  if (!replica.up) return
  if (!disk.isIdle) {
    disk.later(() => renew(replica, effect), 1)
    return
  }
  const { conversation, device, at } = effect
  const isCurrent = device === replica.device
  const seed = isCurrent ? init.random.bytes(32) : replica.seed
  const writes: Write[] = [cutBack(disk.shelf, effect)]
  if (isCurrent) writes.push({ type: 'identity', seed })
  const tail = disk.shelf.log(conversation, device).entries.slice(at - 1)
  const again = rewritten(replica, effect, tail, seed)
  if (again) writes.push(again)
  if (isCurrent) init.registry.enter(seed, init.owner)
  init.checker.rewrites(replica, effect, isCurrent)
  disk.write(writes)
  init.hooks.renewed(replica)
}

/** An own log that ends before the place, signed there. */
function cutBack(shelf: Shelf, { conversation, device, at, ended }: EffectOf<'own_fork'>): Write {
  const key = logKey(conversation, device)
  const head = headAt(shelf, { conversation, device }, at - 1)
  assert.ok(head, 'a fork after the end of the log')
  const seed = shelf.seeds.find((each) => idFromBytes(publicKeyFromSeed(each)) === device)
  assert.ok(seed, 'a fork of a log that is not an own one')
  const cut = { type: 'renew', key, seq: head.seq, ...(ended && { ended }) } as const
  if (head.seq === 0) return { ...cut, signature: new Uint8Array() }
  const last = shelf.entry(conversation, device, head.seq)
  const before = headAt(shelf, { conversation, device }, head.seq - 1)
  assert.ok(before)
  const { run } = closeRun({ conversation, device }, before, [last], signerFromSeed(seed))
  return { ...cut, signature: run.signature }
}

/** The entries that were cut off, as entries of the device with this seed. */
function rewritten(
  replica: Replica,
  { conversation, device, at }: EffectOf<'own_fork'>,
  tail: readonly Uint8Array[],
  seed: Uint8Array,
): Write | undefined {
  if (tail.length === 0) return undefined
  const me = idFromBytes<DeviceId>(publicKeyFromSeed(seed))
  const seen = new Map(replica.newDeps(conversation).map((dep) => [dep.device, dep.seq]))
  // Of the log that was cut back no more was seen than is left of it.
  const shown = replica.shown.get(conversation)?.shownOf(device) ?? 0
  const left = Math.min(shown, at - 1)
  if (left > 0) seen.set(device, left)
  else seen.delete(device)
  seen.delete(me)
  let deps = [...seen].map(([author, seq]) => ({ device: author, seq }))
  const { shelf } = replica.disk
  const log = { conversation, device: me }
  const first = shelf.head(conversation, me).seq + 1
  // What was cut off may name what was cut off before it.
  const moved = (ref: EntryRef): EntryRef =>
    ref.device === device && ref.seq >= at ? { device: me, seq: first + ref.seq - at } : ref
  const entries = tail.map((bytes) => {
    const entry = writtenAgain(bytes, deps, moved)
    deps = []
    return entry
  })
  const { run, head } = closeRun(log, shelf.head(conversation, me), entries, signerFromSeed(seed))
  const runs = [{ run, head, from: undefined }]
  return { type: 'commit', position: shelf.position + 1, runs }
}
