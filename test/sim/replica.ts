// One replica: the real engine and the real order, with a simulated disk below and sessions of a
// simulated network beside it. What src/node does for real, in short.
import { strict as assert } from 'node:assert'

import { type Clock, EMPTY_CLOCK } from '../../src/core/clock.ts'
import type { Body, ChangeBody, Dep } from '../../src/core/entry.ts'
import type { DeviceList, ResumeToken, SyncFrame } from '../../src/core/frames.ts'
import {
  type AccountId,
  type ConversationId,
  type DeviceId,
  idFromBytes,
} from '../../src/core/id.ts'
import {
  closeRun,
  type Head,
  type LogName,
  publicKeyFromSeed,
  type Signer,
  signerFromSeed,
} from '../../src/core/run.ts'
import { countedOf } from '../../src/core/sync/complete.ts'
import type { step as realStep } from '../../src/core/sync/engine.ts'
import { type HeldBack, NOBODY_HELD_BACK } from '../../src/core/sync/held-back.ts'
import {
  type Counted,
  initialState,
  isOpen,
  logKey,
  logOf,
  type OpenedLog,
  type StoredRun,
  type SyncEffect,
  type SyncEvent,
  type SyncState,
} from '../../src/core/sync/state.ts'
import { awaitsOwn } from '../../src/core/sync/trust.ts'
import { encodeEntry } from '../../src/wire/entry.ts'
import type { Checker } from './check.ts'
import { assertCounts } from './counts.ts'
import { Disk } from './disk.ts'
import { agreedPlace, headAt, keepProof, renew } from './forks.ts'
import { Groups, type Invite } from './groups.ts'
import { bring, otherEnd, type Session } from './network.ts'
import type { Person, Plan } from './plan.ts'
import type { Random } from './random.ts'
import type { Registry } from './registry.ts'
import { Shown } from './shown.ts'
import { anything, entryOf, type Said } from './speech.ts'
import type { Timeline } from './timeline.ts'
import type { Villain } from './villain.ts'

export interface ReplicaHooks {
  send(session: Session, to: number, frame: SyncFrame): void
  /** The replica ends the session: its peer broke the protocol. */
  close(session: Session): void
  /** Tells the other end of a group that its user was added to. */
  invite(session: Session, to: number, invite: Invite, from: DeviceList): void
  /** The replica became another device: its sessions are over. */
  renewed(replica: Replica): void
}

export interface Hello {
  readonly list: DeviceList | undefined
  readonly resume: ResumeToken | undefined
}

export interface ReplicaInit {
  readonly index: number
  /** Whose database this is: an index into the people of the plan. */
  readonly owner: number
  readonly plan: Plan
  readonly timeline: Timeline
  readonly random: Random
  /** What is said is drawn from these. */
  readonly speech: Random
  readonly checker: Checker
  readonly registry: Registry
  readonly step: typeof realStep
  readonly hooks: ReplicaHooks
}

export class Replica {
  readonly index: number
  readonly person: Person
  readonly disk: Disk
  readonly init: ReplicaInit
  readonly shown = new Map<ConversationId, Shown>()
  readonly groups = new Groups(this)
  readonly sessions = new Map<DeviceId, Session>()
  /** As peers showed them in their Hello, with their tokens. */
  readonly hellos = new Map<DeviceId, Hello>()
  /** Conversations that this replica knows of, and devices that write in them. */
  readonly joined = new Set<ConversationId>()
  readonly known: Set<DeviceId>
  /** Breaks the rules, if there is one. */
  villain: Villain | undefined
  up = false
  /** Switched off for a while, or for good. */
  away = false
  state: SyncState
  /** What is to be written once own entries are back. */
  private waiting: { readonly id: ConversationId; readonly count: number }[] = []
  /** What peers hold and their tokens, as the disk will know them too, a little later. */
  private holds = new Map<string, Clock>()
  private tokens = new Map<DeviceId, ResumeToken>()
  /** Something that they told was lost on the way to the disk. */
  private readonly uncounted = new Set<DeviceId>()
  private counted = new Map<DeviceId, Counted | undefined>()
  /** Heads that own entries have named. */
  private readonly named = new Map<ConversationId, Map<DeviceId, number>>()
  /** This replica's clock counts from anywhere, and leaps. */
  private leapMs: number
  private written = 0
  /** Conversations in which an own entry is being taken back. */
  private readonly undoing = new Set<ConversationId>()
  private heldBack: HeldBack = NOBODY_HELD_BACK
  private signs: { readonly seed: Uint8Array; readonly signer: Signer } | undefined

  constructor(init: ReplicaInit) {
    const { index, owner, plan, timeline, random, registry } = init
    const person = plan.people[owner]
    if (!person) throw new RangeError('nobody there')
    this.init = init
    this.index = index
    this.person = person
    this.known = new Set(registry.first())
    this.leapMs = random.int(-1e9, 1e12)
    const hooks = {
      stored: (runs: readonly StoredRun[], position: number) => this.stored(runs, position),
      failed: (runs: readonly StoredRun[]) => this.failed(runs),
    }
    this.disk = new Disk(timeline, random, plan.disk, hooks, person.seed)
    this.state = initialState(person.device, '', 0)
  }

  get isHonest(): boolean {
    return this.villain === undefined
  }

  /** The seed of the device that it writes as now. */
  get seed(): Uint8Array {
    return this.disk.shelf.seeds.at(-1) ?? this.person.seed
  }

  private get signer(): Signer {
    const { seed } = this
    if (this.signs?.seed !== seed) this.signs = { seed, signer: signerFromSeed(seed) }
    return this.signs.signer
  }

  get device(): DeviceId {
    return this.state.me
  }

  /** Nothing waits to be written. */
  get isIdle(): boolean {
    return this.disk.isIdle && this.waiting.length === 0
  }

  start(): void {
    const { disk } = this
    this.up = true
    const devices = disk.shelf.seeds.map((seed) => idFromBytes<DeviceId>(publicKeyFromSeed(seed)))
    const me = devices.at(-1) ?? this.person.device
    for (const device of devices) this.known.add(device)
    this.state = initialState(me, disk.open(), disk.shelf.position, devices)
    this.holds = new Map(disk.shelf.holds)
    this.tokens = new Map(disk.shelf.tokens)
    this.counted = new Map(disk.shelf.counted)
    this.shown.clear()
    this.named.clear()
    if (this.isHonest) this.init.checker.opened(this)
    this.take({ type: 'held_back', ...this.heldBack })
    this.groups.load()
    for (const id of this.joined) this.tellConversation(id)
    for (const id of this.groups.ids) {
      this.order(id)
      this.groups.awaits(id)
      this.groups.tend(id)
    }
  }

  /** @param change what becomes of the disk */
  stop(change: (disk: Disk) => void): void {
    this.up = false
    this.sessions.clear()
    this.waiting = []
    this.undoing.clear()
    change(this.disk)
  }

  /** It takes nothing more of these for now, also when it was started anew. */
  holdBack(heldBack: HeldBack): void {
    this.heldBack = heldBack
    this.take({ type: 'held_back', ...heldBack })
  }
  leap(byMs: number): void {
    this.leapMs += byMs
  }

  /** Begins to take part in a conversation, also with the members that are connected. */
  join(id: ConversationId): void {
    if (this.joined.has(id)) return
    this.joined.add(id)
    if (!this.up) return
    this.tellConversation(id)
    this.refresh()
  }

  /** Hears of devices that write for somebody. */
  learn(devices: Iterable<DeviceId>): void {
    const news = [...devices].filter((device) => !this.known.has(device))
    for (const device of news) this.known.add(device)
    for (const id of this.up && news.length > 0 ? this.joined : []) this.tellConversation(id)
    for (const id of this.up && news.length > 0 ? this.groups.ids : []) this.groups.changed(id)
  }

  /** What this replica says in its Hello that it knows of a peer. */
  resume(peer: DeviceId): ResumeToken | undefined {
    const { plan, registry } = this.init
    const account = plan.people[registry.ownerOf(peer) ?? -1]?.account
    const isFellow = (id: ConversationId): boolean =>
      account !== undefined && this.groups.sharers(id).has(account)
    const isKnown = [...this.joined].some((id) => this.writers(id).has(peer))
    return isKnown || this.groups.ids.some(isFellow) ? this.tokens.get(peer) : undefined
  }

  connected(session: Session, hello: Hello): void {
    const peer = otherEnd(session, this.index).device
    this.sessions.set(peer, session)
    this.hellos.set(peer, hello)
    const shared = this.sharedWith(peer)
    const heard = this.groups.heardOf(session, hello.list)
    // Whom nothing is shared with is no concern of the engine, as long as nothing is.
    if (hello.list === undefined || shared.size + heard.length > 0)
      this.meet(session, shared, false)
    if (hello.list) this.groups.met(hello.list)
  }

  private meet(session: Session, shared: ReadonlySet<ConversationId>, late: boolean): void {
    const peer = otherEnd(session, this.index).device
    const { resume, list } = this.hellos.get(peer) ?? {}
    const heard = new Set(this.groups.heardOf(session, list))
    const theirs = new Map<ConversationId, Clock>()
    for (const [key, clock] of this.holds) {
      if (key.startsWith(peer)) theirs.set(key.slice(peer.length + 1) as ConversationId, clock)
    }
    const knows = this.knownBy(resume)
    const token = this.tokens.get(peer)
    const counted = this.counted.get(peer)
    const before = { theirs, ...(token && { token }), ...(counted && { counted }) }
    const known = { shared, heard, knows, ...before, ...(late && { late }) }
    this.take({ type: 'connected', peer, ...known })
    if (!list) return
    const { account } = list
    for (const id of shared) this.groups.greet(session, { account, knows }, id)
  }

  private knownBy(resume: ResumeToken | undefined): number | undefined {
    return resume && this.disk.shelf.knowsToken(resume) ? resume.position : undefined
  }

  /** Of those who are there. */
  get listsMet(): DeviceList[] {
    return [...this.sessions.keys()].flatMap((peer) => this.hellos.get(peer)?.list ?? [])
  }

  /** Other groups may be exchanged now, and with others. */
  refresh(): void {
    for (const [peer, session] of this.sessions) {
      const { list, resume } = this.hellos.get(peer) ?? {}
      const { shared: known, heard: before } = this.state.peers.get(peer) ?? {}
      const shared = this.sharedWith(peer)
      const heard = new Set([...shared, ...this.groups.heardOf(session, list)])
      if (known === undefined && heard.size === 0) continue
      if (known === undefined || before === undefined) {
        this.meet(session, shared, true)
        continue
      }
      if (isSame(known, shared) && isSame(before, heard)) continue
      this.take({ type: 'shared', peer, shared, heard })
      for (const id of shared) {
        if (!list || known.has(id)) continue
        this.groups.greet(session, { account: list.account, knows: this.knownBy(resume) }, id)
      }
    }
    for (const id of this.groups.ids) this.groups.acted.set(id, this.groups.state(id))
  }

  /** What a device told that it holds of a conversation. */
  heldBy(device: DeviceId, id: ConversationId): Clock {
    return this.holds.get(`${device}/${id}`) ?? EMPTY_CLOCK
  }

  disconnected(session: Session): void {
    const peer = otherEnd(session, this.index).device
    if (this.sessions.get(peer) !== session) return
    this.sessions.delete(peer)
    this.take({ type: 'disconnected', peer })
  }

  tick(): void {
    const { sessions, index, init } = this
    for (const session of sessions.values()) bring(session, index, init.plan.otherBytes)
    const get = (peer: DeviceId): number | undefined => sessions.get(peer)?.brought.get(index)
    this.take({ type: 'tick', arrivals: { get } })
    for (const id of this.up ? this.groups.ids : []) this.groups.tend(id)
    if (this.up) this.groups.prove()
    for (const { id, count } of this.waiting.splice(0)) this.append(id, count)
  }

  append(id: ConversationId, count: number, more: readonly Dep[] = []): void {
    const conversation = this.state.conversations.get(id)
    if (!this.up || !conversation) return
    if (awaitsOwn(this.state, id) || this.undoing.has(id)) {
      this.waiting.push({ id, count })
      return
    }
    const { random } = this.init
    let deps = [...this.newDeps(id), ...more]
    const entries = Array.from({ length: count }, () => {
      const text = `${this.index}.${this.written++}${'.'.repeat(random.int(0, 100))}`
      if (this.init.plan.social.everyKind) {
        const named = new Map(deps.map((dep) => [dep.device, dep])).values()
        const entry = entryOf(random.int(0, 2 ** 40), [...named], this.anything(id, text))
        deps = []
        return entry
      }
      const body = random.chance(0.5) ? this.change(id, text) : undefined
      const entry = this.entry(random.int(0, 2 ** 40), body ?? { kind: 'text', text }, deps)
      deps = []
      return entry
    })
    this.appendEntries(id, entries)
  }

  /** Takes the newest own entry back, where that is possible. */
  undo(id: ConversationId): void {
    const { device, disk } = this
    const { checker } = this.init
    const conversation = this.state.conversations.get(id)
    if (!this.up || !conversation || this.undoing.has(id)) return
    const name = { conversation: id, device }
    const { tip } = logOf(conversation, device)
    const head = headAt(disk.shelf, name, tip.seq - 1)
    if (!head || checker.isDisturbed(device) || awaitsOwn(this.state, id)) return
    this.take({ type: 'withdraw', ...name, head })
    const now = this.state.conversations.get(id)
    if (!now || logOf(now, device).durable !== head) return
    this.undoing.add(id)
    const key = logKey(id, device)
    checker.undoes(this, key, tip.seq)
    const [last] = disk.shelf.log(id, device).entries.slice(-1)
    assert.ok(last)
    const stays = closeRun(name, head, [last], this.signer)
    const failed = (): void => {
      this.undoing.delete(id)
      checker.keeps(this, name, tip.seq)
      const runs = [{ ...stays, from: undefined }]
      this.take({ type: 'stored', runs, position: disk.shelf.position })
    }
    const done = (position: number): void => {
      this.undoing.delete(id)
      checker.undone(this, key, tip.seq)
      this.shown.delete(id)
      this.named.delete(id)
      this.order(id)
      this.take({ type: 'withdrawn', ...name, position })
    }
    disk.undo(
      { type: 'undo', key, seq: head.seq, signature: this.closing(name, head) },
      {
        done,
        failed,
      },
    )
  }

  /** The signature of an own log that ends there. */
  private closing(name: LogName, { seq }: Head): Uint8Array {
    const { shelf } = this.disk
    const before = seq > 0 && headAt(shelf, name, seq - 1)
    if (!before) return new Uint8Array()
    const entry = shelf.entry(name.conversation, name.device, seq)
    return closeRun(name, before, [entry], this.signer).run.signature
  }

  appendEntries(id: ConversationId, entries: readonly Uint8Array[]): void {
    const conversation = this.state.conversations.get(id)
    if (!this.up || !conversation) return
    const { device } = this
    const { tip } = logOf(conversation, device)
    const { run, head } = closeRun({ conversation: id, device }, tip, entries, this.signer)
    this.take({ type: 'append', run, head })
  }

  /**
   * Says one thing at once; false where nothing can be written now.
   *
   * @param deps what it claims to have seen
   */
  say(id: ConversationId, said: Said, deps?: readonly Dep[]): boolean {
    if (!this.up || !this.state.conversations.get(id) || awaitsOwn(this.state, id)) return false
    if (this.undoing.has(id)) return false
    const wallTimeMs = this.init.random.int(0, 2 ** 40)
    this.appendEntries(id, [entryOf(wallTimeMs, deps ?? this.newDeps(id), said)])
    return true
  }

  private anything(id: ConversationId, text: string): Said {
    const writers = this.state.conversations.get(id)?.devices ?? new Map<DeviceId, AccountId>()
    const timer = this.shown.get(id)?.timer(() => true) ?? 0
    const accounts = [...new Set(writers.values())]
    return anything(this.init.speech, text, { devices: [...writers.keys()], accounts, timer })
  }

  /** A change to something that this replica may know of or not. */
  private change(id: ConversationId, text: string): ChangeBody | undefined {
    const { random } = this.init
    const [device] = random.shuffled(this.state.conversations.get(id)?.devices.keys() ?? [])
    if (!device) return undefined
    // Few messages, so that some are changed often and by several at once.
    const target = { device, seq: random.int(1, 4) }
    const removed = random.chance(0.3)
    const emoji = String.fromCodePoint(0x1f400 + random.int(0, random.chance(0.2) ? 60 : 2))
    return random.pick<ChangeBody>([
      { kind: 'edit', target, text },
      { kind: 'edit', target, text },
      { kind: 'reaction', target, emoji, removed },
      { kind: 'reaction', target, emoji, removed },
      { kind: 'pin', target, removed },
      random.chance(0.3) ? { kind: 'delete', target } : { kind: 'edit', target, text },
    ])
  }

  entry(wallTimeMs: number, body: Body, deps: readonly Dep[]): Uint8Array {
    const byDevice = new Map(deps.map((dep) => [dep.device, dep]))
    const sorted = [...byDevice.values()].toSorted((a, b) => (a.device < b.device ? -1 : 1))
    return encodeEntry({ wallTimeMs, deps: sorted, body })
  }

  take(event: SyncEvent): void {
    if (!this.up) return
    const nowMs = this.init.timeline.nowMs + this.leapMs
    const { state, effects } = this.init.step(this.state, event, nowMs)
    assertCounts(this.state, state)
    this.state = state
    for (const effect of effects) this.carryOut(effect)
    const kept = effects.filter(({ type }) => type === 'holds' || type === 'remember')
    for (const peer of new Set(kept.flatMap((effect) => ('peer' in effect ? [effect.peer] : [])))) {
      // A node writes it together with what was counted.
      const counted = this.uncounted.has(peer) ? undefined : countedOf(this.state, peer)
      this.counted.set(peer, counted)
      this.disk.note({ type: 'counted', peer, counted })
    }
  }

  /** A frame leaves as it is. */
  send(peer: DeviceId, frame: SyncFrame): void {
    const session = this.sessions.get(peer)
    if (!session) throw new Error('a frame for a peer that is not connected')
    if (this.isHonest) this.init.checker.sends(this, peer, frame)
    // Any credit is allowed; a small one makes many round trips.
    const { wantCredit } = this.init.plan
    const small = frame.type === 'want' && { credit: Math.min(frame.credit, wantCredit) }
    this.init.hooks.send(session, otherEnd(session, this.index).index, { ...frame, ...small })
  }

  private carryOut(effect: SyncEffect): void {
    const { checker } = this.init
    switch (effect.type) {
      case 'send': {
        const { peer, frame } = effect
        const frames = this.villain ? this.villain.bend(frame) : [frame]
        for (const each of frames) this.send(peer, each)
        return
      }
      case 'store':
        return this.disk.store(effect)
      case 'read':
        return this.read(effect)
      case 'holds':
        this.holds.set(`${effect.peer}/${effect.conversation}`, effect.clock)
        if (!this.disk.record({ ...effect, key: `${effect.peer}/${effect.conversation}` }))
          this.uncounted.add(effect.peer)
        this.groups.told(effect.conversation)
        this.groups.heardHolds(effect.peer, effect.conversation)
        return
      case 'remember':
        if (this.isHonest) checker.remembers(this, effect.peer, effect.token)
        this.tokens.set(effect.peer, effect.token)
        this.disk.record({ ...effect, type: 'token' })
        return
      case 'forked':
        if (this.isHonest) checker.forked(effect.run)
        return keepProof(this.disk, effect)
      case 'ended':
        this.order(effect.conversation)
        if (this.groups.record(effect.conversation)) this.groups.awaits(effect.conversation)
        return
      case 'prove': {
        const { peer, conversation, device, held } = effect
        const proof = this.disk.shelf.forks.get(logKey(conversation, device))?.proof
        // By what was carried out before this it may not be shared any more.
        const isShared = this.state.peers.get(peer)?.shared.has(conversation) === true
        if (proof && isShared) this.send(peer, { type: 'fork', proof, held })
        return
      }
      case 'compare': {
        const { peer, run } = effect
        this.disk.later(() => {
          this.take({ type: 'compared', peer, run, agreed: agreedPlace(this.disk.shelf, run) })
        })
        return
      }
      case 'own_fork':
        if (this.isHonest) renew(this, effect)
        return
      case 'close': {
        const session = this.sessions.get(effect.peer)
        if (this.isHonest) checker.closes(this, effect.peer, effect.reason)
        if (session) this.init.hooks.close(session)
      }
    }
  }

  private read({
    peer,
    conversation,
    device,
    first,
    last,
  }: Extract<SyncEffect, { type: 'read' }>): void {
    const session = this.sessions.get(peer)
    const { plan, random } = this.init
    this.disk.later(() => {
      if (this.sessions.get(peer) !== session) return
      const run = random.chance(this.disk.faults.unreadable)
        ? undefined
        : this.disk.shelf.readPage(conversation, device, { first, last }, plan.pageEntries)
      this.take({ type: 'page', peer, conversation, device, run })
    })
  }

  private stored(runs: readonly StoredRun[], position: number): void {
    if (this.isHonest) this.init.checker.stored(this, runs)
    const ids = new Set(runs.map(({ run }) => run.conversation))
    const before = new Map([...ids].map((id) => [id, this.shown.get(id)?.ofGroup.length]))
    for (const id of ids) this.order(id)
    this.take({ type: 'stored', runs, position })
    for (const [id, count] of before) {
      if (this.groups.record(id)) this.groups.awaits(id)
      if (this.shown.get(id)?.ofGroup.length !== count) this.groups.changed(id)
    }
  }

  private failed(runs: readonly StoredRun[]): void {
    this.named.clear()
    this.groups.failed()
    for (const { run } of runs) {
      this.take({ type: 'store_failed', conversation: run.conversation, device: run.device })
    }
  }

  tellConversation(id: ConversationId): void {
    const { shelf } = this.disk
    const devices = this.writers(id)
    const told = this.state.conversations.get(id)?.devices
    const isTold = [...devices].every(([device, account]) => told?.get(device) === account)
    if (this.groups.record(id) && isTold) return
    const logs = new Map<DeviceId, OpenedLog>()
    // Of somebody who is not known to write there something may be on disk all the same.
    for (const device of new Set([...devices.keys(), ...shelf.devicesIn(id)])) {
      const key = logKey(id, device)
      const forked = shelf.forks.has(key)
      const until = shelf.forks.get(key)?.until
      const head = shelf.head(id, device)
      if (head.seq > 0 || forked) {
        logs.set(device, { ...head, forked, ...(until !== undefined && { until }) })
      }
    }
    const changedAt = shelf.changedAt.get(id) ?? 0
    this.take({ type: 'conversations', introduced: [{ id, devices, logs, changedAt }] })
    this.order(id)
  }

  order(id: ConversationId): void {
    const { shelf } = this.disk
    const shown = this.shown.get(id) ?? new Shown((device, seq) => shelf.entry(id, device, seq))
    this.shown.set(id, shown)
    const isGroup = this.groups.record(id) !== undefined
    const devices = isGroup ? shelf.devicesIn(id) : [...this.writers(id).keys()]
    const stored = new Map(devices.map((d) => [d, shelf.head(id, d).seq]))
    const logs = this.state.conversations.get(id)?.logs ?? []
    const ended = new Set([...logs].filter(([, log]) => !isOpen(log)).map(([device]) => device))
    // What a group consists of says whose logs the engine hears of.
    for (const d of isGroup ? devices : []) if (shelf.isEnded(id, d)) ended.add(d)
    shown.grow(stored, () => this.init.random.chance(0.1), ended)
  }

  /** Heads of what is shown of others' logs and was not named by an own entry before. */
  newDeps(id: ConversationId): Dep[] {
    const me = this.device
    const named = this.named.get(id) ?? this.namedOnDisk(id)
    this.named.set(id, named)
    const deps: Dep[] = []
    for (const [device, { shown }] of this.shown.get(id)?.logs ?? []) {
      // What no peer holds of a log that was given up may still be cut off it.
      const seq = this.state.mine.has(device) ? Math.min(shown, this.toldOf(id, device)) : shown
      if (device === me || seq <= (named.get(device) ?? 0)) continue
      deps.push({ device, seq })
      named.set(device, seq)
    }
    return deps
  }

  /** The most that any peer ever told of a log. */
  private toldOf(id: ConversationId, device: DeviceId): number {
    const clocks = [...this.holds].filter(([key]) => key.endsWith(id))
    return Math.max(0, ...clocks.map(([, clock]) => clock.get(device) ?? 0))
  }

  private namedOnDisk(id: ConversationId): Map<DeviceId, number> {
    const named = new Map<DeviceId, number>()
    for (let seq = 1; seq <= this.disk.shelf.head(id, this.device).seq; seq++) {
      for (const dep of this.shown.get(id)?.deps(this.device, seq) ?? []) {
        named.set(dep.device, dep.seq)
      }
    }
    return named
  }

  private writers(id: ConversationId): Map<DeviceId, AccountId> {
    if (this.groups.record(id)) return this.groups.writers(id)
    const { plan, registry } = this.init
    const members = plan.conversations.find((each) => each.id === id)?.members ?? []
    return registry.writers(members, this.known)
  }

  private sharedWith(peer: DeviceId): Set<ConversationId> {
    const { list } = this.hellos.get(peer) ?? {}
    const groups = list ? this.groups.sharedWith(peer, list) : []
    return new Set([...[...this.joined].filter((id) => this.writers(id).has(peer)), ...groups])
  }
}

function isSame<T>(a: ReadonlySet<T>, b: ReadonlySet<T>): boolean {
  return a.size === b.size && [...a].every((each) => b.has(each))
}
