// What must hold, at every moment and in the end. A complaint is an assertion error; the seed is
// added by whoever runs the simulation.
import { strict as assert } from 'node:assert'

import { isForkProof } from '../../src/core/fork.ts'
import type { ResumeToken, SyncFrame, WantFrame } from '../../src/core/frames.ts'
import type { ConversationId, DeviceId } from '../../src/core/id.ts'
import { TRANSFERS_PER_PEER_MAX } from '../../src/core/limits.ts'
import { lastSeq, type LogName } from '../../src/core/run.ts'
import { isHeldBack } from '../../src/core/sync/held-back.ts'
import { theirClock } from '../../src/core/sync/held.ts'
import { isOpen, type LogKey, logKey, logOf, type StoredRun } from '../../src/core/sync/state.ts'
import { isChangeBody } from '../../src/wire/change-bodies.ts'
import { decodeEntry, rewritten } from '../../src/wire/entry.ts'
import { assertMayHear, assertMayRead } from './group-rules.ts'
import type { Plan } from './plan.ts'
import type { Registry } from './registry.ts'
import type { Replica } from './replica.ts'

/** A text that was accepted, and the replicas that hold it and did not lose it since. */
export interface Accepted {
  readonly conversation: ConversationId
  readonly holders: Set<Replica>
}

export class Checker {
  /** The texts of all entries that honest replicas hold or held; each was written once. */
  readonly accepted = new Map<string, Accepted>()
  /** How many messages were taken back. */
  undos = 0
  /** How often a replica became another device. */
  renewals = 0
  private readonly plan: Plan
  private readonly registry: Registry
  /** Every entry of honest logs that was ever durable anywhere: nothing may take its place. */
  private readonly truth = new Map<LogKey, Uint8Array[]>()
  /** What each replica must hold for ever: accepted from its user, or told to a peer. */
  private readonly promised = new Map<number, Map<LogKey, number>>()
  /** People whose databases are copied, rolled back or torn, and those who cheat. */
  private readonly disturbed: ReadonlySet<number>
  private replicas: readonly Replica[] = []
  /** What was exchanged, for whoever told it, as each token left: whose logs of what. */
  private readonly tokens = new Map<string, ReadonlyMap<ConversationId, ReadonlySet<DeviceId>>>()

  constructor(plan: Plan, registry: Registry) {
    this.plan = plan
    this.registry = registry
    const { villains, rollbacks, clones, tears } = plan.cruelty
    this.disturbed = new Set([...villains, ...rollbacks, ...clones, ...tears])
  }

  watch(replicas: readonly Replica[]): void {
    this.replicas = replicas
  }

  /** Runs were reported as synced. */
  stored(replica: Replica, runs: readonly StoredRun[]): void {
    for (const { run, head, from } of runs) {
      const key = logKey(run.conversation, run.device)
      assert.equal(head.seq, lastSeq(run), 'a head that is not the end of its run')
      if (from === undefined) assert.equal(run.device, replica.device, 'a foreign entry')
      this.agree(replica, key, run.first)
      this.promise(replica, key, head.seq)
      this.accept(replica, run.conversation, run.device, run.entries)
    }
  }

  /** A replica started on what its disk has kept. */
  opened(replica: Replica): void {
    for (const [key, log] of replica.disk.shelf.logs) {
      this.agree(replica, key, 1)
      this.accept(replica, log.conversation, log.device, log.entries)
    }
    for (const [key, seq] of this.promised.get(replica.index) ?? []) {
      const kept = replica.disk.shelf.logs.get(key)?.entries.length ?? 0
      assert.ok(
        kept >= seq,
        `replica ${replica.index} lost entries ${kept + 1} to ${seq} of ${key}`,
      )
    }
  }

  /** A replica begins to take an own entry back: from now on it may be there or not. */
  undoes(replica: Replica, key: LogKey, seq: number): void {
    const entry = replica.disk.shelf.logs.get(key)?.entries[seq - 1]
    assert.ok(entry, 'an undo of what is not there')
    this.assertUnknown(replica, key, seq)
    this.promised.get(replica.index)?.set(key, seq - 1)
    this.truth.get(key)?.splice(seq - 1)
    this.accepted.delete(textOf(entry))
  }

  /** It stays after all. */
  keeps(replica: Replica, { conversation, device }: LogName, seq: number): void {
    const key = logKey(conversation, device)
    this.agree(replica, key, seq)
    this.promise(replica, key, seq)
    const entries = replica.disk.shelf.logs.get(key)?.entries.slice(seq - 1) ?? []
    this.accept(replica, conversation, device, entries)
  }

  undone(replica: Replica, key: LogKey, seq: number): void {
    this.assertUnknown(replica, key, seq)
    this.undos += 1
  }

  private assertUnknown(replica: Replica, key: LogKey, seq: number): void {
    for (const other of this.replicas) {
      const held = other.disk.shelf.logs.get(key)?.entries.length ?? 0
      assert.ok(other === replica || held < seq, `replica ${other.index} has what is undone`)
    }
  }

  /** The disk of a replica lost something: that is what it is from now on. */
  forgives(replica: Replica): void {
    this.promised.delete(replica.index)
    const held = new Set<string>()
    for (const { entries } of replica.disk.shelf.logs.values()) {
      for (const entry of entries) held.add(textOf(entry))
    }
    for (const [text, { holders }] of this.accepted) if (!held.has(text)) holders.delete(replica)
  }

  /** A replica cuts back an own log, after which it may hold less of it. */
  rewrites(replica: Replica, log: LogName, isRenewal: boolean): void {
    assert.ok(this.disturbed.has(replica.init.owner), 'an own fork of an honest replica')
    this.promised.get(replica.index)?.delete(logKey(log.conversation, log.device))
    if (isRenewal) this.renewals += 1
    const { rollbacks, clones, tears } = this.plan.cruelty
    // Each copy that is put back or started can make two that write again as others.
    const most = 2 * (rollbacks.length + clones.length + tears.length)
    assert.ok(this.renewals <= most, 'replicas become other devices again and again')
  }

  /** A log was found to be forked. */
  forked({ device }: LogName): void {
    assert.ok(this.isDisturbed(device), 'a fork of an honest log')
  }

  closes(replica: Replica, peer: DeviceId, reason: string): void {
    const owner = this.registry.ownerOf(peer) ?? -1
    assert.ok(this.plan.cruelty.villains.includes(owner), `${replica.index} closes: ${reason}`)
  }

  /** Nothing is told, and nothing sent, before it is synced. */
  sends(replica: Replica, peer: DeviceId, frame: SyncFrame): void {
    const { shelf } = replica.disk
    const shared = replica.state.peers.get(peer)?.shared
    const account = this.plan.people[this.registry.ownerOf(peer) ?? -1]?.account
    if (frame.type === 'clocks') {
      for (const { conversation, seqs } of frame.clocks) {
        assert.ok(shared?.has(conversation), 'a clock of a conversation that is not shared')
        if (account) assertMayHear(replica, account, conversation)
        for (const [device, seq] of seqs) {
          const kept = shelf.head(conversation, device).seq
          assert.ok(seq <= kept, `told ${seq} of a log of which ${kept} are durable`)
          this.promise(replica, logKey(conversation, device), seq)
        }
      }
      if (frame.token) {
        assert.ok(shelf.knowsToken(frame.token), 'a token that is not durable')
        // One that is told twice may arrive as it was told first.
        const key = tokenKey(peer, frame.token)
        const before = this.tokens.get(key)
        const both = [...(shared ?? [])].map((id) => {
          const devices = [...(replica.state.conversations.get(id)?.devices.keys() ?? [])]
          const known = before?.get(id)
          return [id, new Set(devices.filter((each) => !before || known?.has(each)))] as const
        })
        this.tokens.set(key, new Map(both))
      }
    }
    if (frame.type === 'want') this.asks(replica, frame)
    if (frame.type === 'run') {
      const { run } = frame
      assert.ok(shared?.has(run.conversation), 'a run of a conversation that is not shared')
      if (account) assertMayRead(replica, account, run)
      const kept = shelf.log(run.conversation, run.device).entries
      assert.deepEqual(run.entries, kept.slice(run.first - 1, lastSeq(run)))
    }
    if (frame.type === 'fork') {
      const { proof, held } = frame
      assert.ok(shared?.has(proof.run.conversation), 'a proof about what is not shared')
      assert.ok(isForkProof(proof), 'a proof that proves nothing')
      assert.ok(held >= shelf.head(proof.run.conversation, proof.run.device).seq)
    }
  }

  /** Of somebody who is held back only what is held already is asked for: to settle a doubt. */
  private asks({ state }: Replica, { conversation: id, device, last }: WantFrame): void {
    const conversation = state.conversations.get(id)
    assert.ok(conversation, 'a Want for a conversation that is not known')
    const isMore = last > logOf(conversation, device).durable.seq
    assert.ok(!isMore || !isHeldBack(state, conversation, device), 'a Want of what is not taken')
  }

  /** A token stands for everything that its owner held at that position. */
  remembers(replica: Replica, peer: DeviceId, token: ResumeToken): void {
    if (this.isDisturbed(peer) || this.disturbed.has(replica.init.owner)) return
    const owner = this.replicas.find(({ device }) => device === peer)
    const state = replica.state.peers.get(peer)
    assert.ok(owner && state, 'a token of nobody')
    assert.equal(state.lacking.size, 0, 'a token while something is lacking')
    const told = this.tokens.get(tokenKey(replica.device, token))
    for (const { position, run } of owner.disk.shelf.history) {
      if (position > token.position || !state.heard.has(run.conversation)) continue
      // Of groups each has its own view of who is in them.
      const isGroup = replica.groups.record(run.conversation) !== undefined
      if (isGroup && told?.get(run.conversation)?.has(run.device) !== true) continue
      // Two honest replicas may hold different parts of a log that its device forked.
      if (this.isDisturbed(run.device)) continue
      const { seq } = replica.disk.shelf.head(run.conversation, run.device)
      assert.ok(seq >= lastSeq(run), `a token at ${token.position} with an entry missing`)
      const clock = theirClock(replica.state, state, run.conversation)
      const seqTold: number = clock.get(run.device) ?? 0
      assert.ok(seqTold >= lastSeq(run), `a token at ${token.position} with an entry not told`)
    }
  }

  /** What must hold of one replica between any two events. */
  steady({ state }: Replica): void {
    for (const conversation of state.conversations.values()) {
      for (const { durable, tip, contested } of conversation.logs.values()) {
        assert.ok(tip.seq >= durable.seq, 'a tip behind what is durable')
        assert.ok(!contested || tip.seq > durable.seq, 'a run that waits for nothing')
      }
    }
    for (const peer of state.peers.values()) {
      let lacked = 0
      assert.ok(peer.transfers.size <= TRANSFERS_PER_PEER_MAX, 'too many transfers')
      for (const [id, clock] of peer.theirs) {
        const conversation = state.conversations.get(id)
        assert.ok(conversation && peer.heard.has(id), 'a clock of a conversation not shared')
        assert.ok(clock.size <= conversation.devices.size, 'a clock of strangers')
        for (const [device, seq] of clock) {
          const log = logOf(conversation, device)
          const lacks: boolean = seq > log.durable.seq && isOpen(log)
          const noted = peer.lacking.get(logKey(id, device))
          assert.equal(noted, lacks ? seq : undefined, 'lacking is not what the clocks say')
          lacked += lacks ? 1 : 0
        }
      }
      assert.equal(peer.lacking.size, lacked, 'something is lacking that nobody told of')
    }
    for (const fetch of state.fetches.values()) {
      assert.ok(state.peers.get(fetch.peer)?.heard.has(fetch.conversation), 'a fetch from nobody')
      assert.notEqual(fetch.peer, state.me)
    }
  }

  get hasDisturbed(): boolean {
    return this.disturbed.size > 0
  }

  /** How often an entry may be there: each copy of a database can write it again. */
  copiesOf(holders: Iterable<Replica>): number {
    const { rollbacks, clones, tears } = this.plan.cruelty
    const disasters = [...rollbacks, ...clones, ...tears]
    const most = [...holders].map(
      ({ init }) => disasters.filter((who) => who === init.owner).length,
    )
    return Math.max(1, ...most)
  }

  isDisturbed(device: DeviceId): boolean {
    return this.disturbed.has(this.registry.ownerOf(device) ?? -1)
  }

  /** The replica's log is a beginning of the one true log, or continues it. */
  private agree(replica: Replica, key: LogKey, from: number): void {
    const log = replica.disk.shelf.logs.get(key)
    if (!log || this.isDisturbed(log.device)) return
    const truth = this.truth.get(key) ?? []
    this.truth.set(key, truth)
    log.entries.slice(from - 1).forEach((entry, i) => {
      const known = truth[from - 1 + i]
      if (known) assert.equal(Buffer.compare(known, entry), 0, `an entry of ${key} changed`)
      else {
        assert.equal(log.device, replica.device, 'an entry that its author does not hold')
        truth.push(entry)
      }
    })
  }

  private accept(
    replica: Replica,
    conversation: ConversationId,
    device: DeviceId,
    entries: readonly Uint8Array[],
  ): void {
    const owner = this.registry.ownerOf(device) ?? -1
    if (this.plan.cruelty.villains.includes(owner)) return
    for (const entry of entries) {
      const text = textOf(entry)
      const accepted = this.accepted.get(text) ?? { conversation, holders: new Set() }
      this.accepted.set(text, accepted)
      accepted.holders.add(replica)
    }
  }

  private promise(replica: Replica, key: LogKey, seq: number): void {
    const promised = this.promised.get(replica.index) ?? new Map<LogKey, number>()
    this.promised.set(replica.index, promised)
    promised.set(key, Math.max(seq, promised.get(key) ?? 0))
  }
}

function tokenKey(to: DeviceId, { epoch, position }: ResumeToken): string {
  return `${to} ${epoch} ${position}`
}

/** What tells an entry from all others, also where it is written again and names other places. */
export function textOf(entry: Uint8Array): string {
  const { wallTimeMs, body } = decodeEntry(entry)
  if (body.kind === 'text') return body.text
  if (!isChangeBody(body)) {
    return Buffer.from(rewritten(entry, [], (ref) => ref)).toString('base64')
  }
  const { target: _, ...rest } = body
  return `${wallTimeMs} ${JSON.stringify(rest)}`
}
