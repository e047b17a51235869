// What must hold, at every moment and in the end. A complaint is an assertion error; the seed is
// added by whoever runs the simulation.
import { strict as assert } from 'node:assert'

import type { ResumeToken, SyncFrame } from '../../src/core/frames.ts'
import type { DeviceId } from '../../src/core/id.ts'
import { lastSeq } from '../../src/core/run.ts'
import { type LogKey, logKey, logOf, type StoredRun } from '../../src/core/sync/state.ts'
import type { Replica } from './replica.ts'

export class Checker {
  /** Every entry that was ever durable anywhere: nothing else may take its place. */
  private readonly truth = new Map<LogKey, Uint8Array[]>()
  /** What each replica must hold for ever: accepted from its user, or told to a peer. */
  private readonly promised = new Map<number, Map<LogKey, number>>()
  private replicas: readonly Replica[] = []

  watch(replicas: readonly Replica[]): void {
    this.replicas = replicas
  }

  get entries(): number {
    return [...this.truth.values()].reduce((sum, log) => sum + log.length, 0)
  }

  /** Runs were reported as synced. */
  stored(replica: Replica, runs: readonly StoredRun[]): void {
    for (const { run, head, from } of runs) {
      const key = logKey(run.conversation, run.device)
      assert.equal(head.seq, lastSeq(run), 'a head that is not the end of its run')
      if (from === undefined) assert.equal(run.device, replica.person.device, 'a foreign entry')
      this.agree(replica, key, run.first)
      this.promise(replica, key, head.seq)
    }
  }

  /** A replica started on what its disk has kept. */
  opened(replica: Replica): void {
    for (const key of replica.disk.shelf.logs.keys()) this.agree(replica, key, 1)
    for (const [key, seq] of this.promised.get(replica.index) ?? []) {
      const kept = replica.disk.shelf.logs.get(key)?.entries.length ?? 0
      assert.ok(
        kept >= seq,
        `replica ${replica.index} lost entries ${kept + 1} to ${seq} of ${key}`,
      )
    }
  }

  /** Nothing is told, and nothing sent, before it is synced. */
  sends(replica: Replica, peer: DeviceId, frame: SyncFrame): void {
    const { shelf } = replica.disk
    const shared = replica.state.peers.get(peer)?.shared
    if (frame.type === 'clocks') {
      for (const { conversation, seqs } of frame.clocks) {
        assert.ok(shared?.has(conversation), 'a clock of a conversation that is not shared')
        for (const [device, seq] of seqs) {
          const kept = shelf.head(conversation, device).seq
          assert.ok(seq <= kept, `told ${seq} of a log of which ${kept} are durable`)
          this.promise(replica, logKey(conversation, device), seq)
        }
      }
      if (frame.token) assert.ok(shelf.knowsToken(frame.token), 'a token that is not durable')
    }
    if (frame.type === 'run') {
      const { run } = frame
      assert.ok(shared?.has(run.conversation), 'a run of a conversation that is not shared')
      const kept = shelf.log(run.conversation, run.device).entries
      assert.deepEqual(run.entries, kept.slice(run.first - 1, lastSeq(run)))
    }
  }

  /** A token stands for everything that its owner held at that position. */
  remembers(replica: Replica, peer: DeviceId, token: ResumeToken): void {
    const owner = this.replicas.find(({ person }) => person.device === peer)
    const state = replica.state.peers.get(peer)
    assert.ok(owner && state, 'a token of nobody')
    assert.equal(state.lacking.size, 0, 'a token while something is lacking')
    for (const { position, run } of owner.disk.shelf.history) {
      if (position > token.position || !state.shared.has(run.conversation)) continue
      const { seq } = replica.disk.shelf.head(run.conversation, run.device)
      assert.ok(seq >= lastSeq(run), `a token at ${token.position} with an entry missing`)
      const told: number = state.theirs.get(run.conversation)?.get(run.device) ?? 0
      assert.ok(told >= lastSeq(run), `a token at ${token.position} with an entry not told`)
    }
  }

  /** What must hold of one replica between any two events. */
  steady({ state, person }: Replica): void {
    for (const conversation of state.conversations.values()) {
      for (const { durable, tip } of conversation.logs.values()) {
        assert.ok(tip.seq >= durable.seq, 'a tip behind what is durable')
      }
    }
    for (const peer of state.peers.values()) {
      let lacked = 0
      for (const [id, clock] of peer.theirs) {
        const conversation = state.conversations.get(id)
        assert.ok(conversation && peer.shared.has(id), 'a clock of a conversation not shared')
        for (const [device, seq] of clock) {
          const lacks: boolean = seq > logOf(conversation, device).durable.seq
          const noted = peer.lacking.get(logKey(id, device))
          assert.equal(noted, lacks ? seq : undefined, 'lacking is not what the clocks say')
          lacked += lacks ? 1 : 0
        }
      }
      assert.equal(peer.lacking.size, lacked, 'something is lacking that nobody told of')
    }
    for (const fetch of state.fetches.values()) {
      assert.ok(state.peers.get(fetch.peer)?.shared.has(fetch.conversation), 'a fetch from nobody')
      assert.notEqual(fetch.peer, person.device)
    }
  }

  /** The replica's log is a beginning of the one true log, or continues it. */
  private agree(replica: Replica, key: LogKey, from: number): void {
    const log = replica.disk.shelf.logs.get(key)
    if (!log) return
    const truth = this.truth.get(key) ?? []
    this.truth.set(key, truth)
    log.entries.slice(from - 1).forEach((entry, i) => {
      const known = truth[from - 1 + i]
      if (known) assert.equal(Buffer.compare(known, entry), 0, `an entry of ${key} changed`)
      else {
        assert.equal(log.device, replica.person.device, 'an entry that its author does not hold')
        truth.push(entry)
      }
    })
  }

  private promise(replica: Replica, key: LogKey, seq: number): void {
    const promised = this.promised.get(replica.index) ?? new Map<LogKey, number>()
    this.promised.set(replica.index, promised)
    promised.set(key, Math.max(seq, promised.get(key) ?? 0))
  }
}
