// One replica: the real engine and the real order, with a simulated disk below and sessions of a
// simulated network beside it. What src/node does for real, in short.
import type { Clock } from '../../src/core/clock.ts'
import type { Dep } from '../../src/core/entry.ts'
import type { ResumeToken, SyncFrame } from '../../src/core/frames.ts'
import type { AccountId, ConversationId, DeviceId } from '../../src/core/id.ts'
import { closeRun, type Signer, signerFromSeed } from '../../src/core/run.ts'
import type { step as realStep } from '../../src/core/sync/engine.ts'
import {
  initialState,
  logOf,
  type StoredRun,
  type SyncEffect,
  type SyncEvent,
  type SyncState,
} from '../../src/core/sync/state.ts'
import { encodeEntry } from '../../src/wire/entry.ts'
import type { Checker } from './check.ts'
import { Disk } from './disk.ts'
import type { Session } from './network.ts'
import type { Person, Plan } from './plan.ts'
import type { Random } from './random.ts'
import { Shown } from './shown.ts'
import type { Timeline } from './timeline.ts'

export interface ReplicaInit {
  readonly index: number
  readonly plan: Plan
  readonly timeline: Timeline
  readonly random: Random
  readonly checker: Checker
  readonly step: typeof realStep
  readonly send: (session: Session, to: number, frame: SyncFrame) => void
}

export class Replica {
  readonly index: number
  readonly person: Person
  readonly disk: Disk
  readonly shown = new Map<ConversationId, Shown>()
  readonly sessions = new Map<DeviceId, Session>()
  /** Conversations that this replica knows of. */
  readonly joined = new Set<ConversationId>()
  up = false
  state: SyncState
  private readonly init: ReplicaInit
  private readonly signer: Signer
  /** What peers hold and their tokens, as the disk will know them too, a little later. */
  private holds = new Map<string, Clock>()
  private tokens = new Map<DeviceId, ResumeToken>()
  /** Heads that own entries have named. */
  private readonly named = new Map<ConversationId, Map<DeviceId, number>>()
  /** This replica's clock counts from anywhere, and leaps. */
  private leapMs: number
  private written = 0

  constructor(init: ReplicaInit) {
    const { index, plan, timeline, random } = init
    const person = plan.people[index]
    if (!person) throw new RangeError('nobody there')
    this.init = init
    this.index = index
    this.person = person
    this.signer = signerFromSeed(person.seed)
    this.leapMs = random.int(-1e9, 1e12)
    this.disk = new Disk(timeline, random, plan.disk, {
      stored: (runs, position) => this.stored(runs, position),
      failed: (runs) => this.failed(runs),
    })
    this.state = initialState(person.device, '', 0)
  }

  start(): void {
    const { person, disk } = this
    this.up = true
    this.state = initialState(person.device, disk.open(), disk.shelf.position)
    this.holds = new Map(disk.shelf.holds)
    this.tokens = new Map(disk.shelf.tokens)
    this.shown.clear()
    this.init.checker.opened(this)
    for (const id of this.joined) this.tellConversation(id)
  }

  crash(): void {
    this.up = false
    this.sessions.clear()
    this.disk.crash()
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
    for (const peer of this.sessions.keys()) {
      const shared = this.sharedWith(peer)
      if (shared.has(id)) this.take({ type: 'shared', peer, shared })
    }
  }

  /** What this replica says in its Hello that it knows of a peer. */
  resume(peer: DeviceId): ResumeToken | undefined {
    return this.tokens.get(peer)
  }

  connected(session: Session, peer: DeviceId, resume: ResumeToken | undefined): void {
    this.sessions.set(peer, session)
    const shared = this.sharedWith(peer)
    const theirs = new Map<ConversationId, Clock>()
    for (const id of shared) {
      const clock = this.holds.get(`${peer}/${id}`)
      if (clock) theirs.set(id, clock)
    }
    const knows = resume && this.disk.shelf.knowsToken(resume) ? resume.position : undefined
    const token = this.tokens.get(peer)
    this.take({ type: 'connected', peer, shared, knows, theirs, ...(token && { token }) })
  }

  disconnected(session: Session, peer: DeviceId): void {
    if (this.sessions.get(peer) !== session) return
    this.sessions.delete(peer)
    this.take({ type: 'disconnected', peer })
  }

  append(id: ConversationId, count: number): void {
    const { device } = this.person
    const conversation = this.state.conversations.get(id)
    if (!this.up || !conversation) return
    const { random } = this.init
    let deps = this.newDeps(id)
    const entries = Array.from({ length: count }, () => {
      const text = `${this.index}.${this.written++}${'.'.repeat(random.int(0, 100))}`
      const wallTimeMs = random.int(0, 2 ** 40)
      const entry = encodeEntry({ wallTimeMs, deps, body: { kind: 'text', text } })
      deps = []
      return entry
    })
    const { tip } = logOf(conversation, device)
    const { run, head } = closeRun({ conversation: id, device }, tip, entries, this.signer)
    this.take({ type: 'append', run, head })
  }

  take(event: SyncEvent): void {
    if (!this.up) return
    const nowMs = this.init.timeline.nowMs + this.leapMs
    const { state, effects } = this.init.step(this.state, event, nowMs)
    this.state = state
    for (const effect of effects) this.carryOut(effect)
  }

  private carryOut(effect: SyncEffect): void {
    const { checker, send, plan } = this.init
    switch (effect.type) {
      case 'send': {
        const { peer, frame } = effect
        const session = this.sessions.get(peer)
        if (!session) throw new Error('a frame for a peer that is not connected')
        checker.sends(this, peer, frame)
        const to = session.ends[0] === this.index ? session.ends[1] : session.ends[0]
        // Any credit is allowed; a small one makes many round trips.
        const small = frame.type === 'want' && { credit: Math.min(frame.credit, plan.wantCredit) }
        return send(session, to, { ...frame, ...small })
      }
      case 'store':
        return this.disk.store(effect)
      case 'read':
        return this.read(effect)
      case 'holds':
        this.holds.set(`${effect.peer}/${effect.conversation}`, effect.clock)
        return this.disk.record({ ...effect, key: `${effect.peer}/${effect.conversation}` })
      case 'remember':
        checker.remembers(this, effect.peer, effect.token)
        this.tokens.set(effect.peer, effect.token)
        return this.disk.record({ ...effect, type: 'token' })
      case 'forked':
        throw new Error('nobody forks a log here')
      case 'close':
        throw new Error(`nobody cheats here: ${effect.reason}`)
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
    this.init.checker.stored(this, runs)
    for (const id of new Set(runs.map(({ run }) => run.conversation))) this.order(id)
    this.take({ type: 'stored', runs, position })
  }

  private failed(runs: readonly StoredRun[]): void {
    this.named.clear()
    for (const { run } of runs) {
      this.take({ type: 'store_failed', conversation: run.conversation, device: run.device })
    }
  }

  private tellConversation(id: ConversationId): void {
    const { shelf } = this.disk
    const devices = this.writers(id)
    const logs = new Map(
      [...devices.keys()]
        .map((device) => [device, { ...shelf.head(id, device), forked: false }] as const)
        .filter(([, { seq }]) => seq > 0),
    )
    const changedAt = shelf.changedAt.get(id) ?? 0
    this.take({ type: 'conversation', id, devices, logs, changedAt })
    this.order(id)
  }

  private order(id: ConversationId): void {
    const { shelf } = this.disk
    const shown = this.shown.get(id) ?? new Shown((device, seq) => shelf.entry(id, device, seq))
    this.shown.set(id, shown)
    const stored = new Map([...this.writers(id).keys()].map((d) => [d, shelf.head(id, d).seq]))
    shown.grow(stored, () => this.init.random.chance(0.1))
  }

  /** Heads of what is shown of others' logs and was not named by an own entry before. */
  private newDeps(id: ConversationId): Dep[] {
    const { device: me } = this.person
    const named = this.named.get(id) ?? this.namedOnDisk(id)
    this.named.set(id, named)
    const deps: Dep[] = []
    for (const [device, { shown }] of this.shown.get(id)?.logs ?? []) {
      if (device === me || shown <= (named.get(device) ?? 0)) continue
      deps.push({ device, seq: shown })
      named.set(device, shown)
    }
    return deps
  }

  private namedOnDisk(id: ConversationId): Map<DeviceId, number> {
    const named = new Map<DeviceId, number>()
    const { device: me } = this.person
    for (let seq = 1; seq <= this.disk.shelf.head(id, me).seq; seq++) {
      for (const dep of this.shown.get(id)?.deps(me, seq) ?? []) named.set(dep.device, dep.seq)
    }
    return named
  }

  private writers(id: ConversationId): Map<DeviceId, AccountId> {
    const { people, conversations } = this.init.plan
    const members = conversations.find((each) => each.id === id)?.members ?? []
    return new Map(
      people.flatMap((one, i) => (members.includes(i) ? [[one.device, one.account]] : [])),
    )
  }

  private sharedWith(peer: DeviceId): Set<ConversationId> {
    return new Set([...this.joined].filter((id) => this.writers(id).has(peer)))
  }
}
