// The world of one seed: replicas, the links between them, people who write, and trouble. It runs
// a time of trouble, heals everything, and waits for rest.
import { strict as assert } from 'node:assert'

import type { DeviceList } from '../../src/core/frames.ts'
import type { ConversationId, DeviceId } from '../../src/core/id.ts'
import { step as realStep } from '../../src/core/sync/engine.ts'
import { type HeldBack, NOBODY_HELD_BACK } from '../../src/core/sync/held-back.ts'
import { decodeEntry } from '../../src/wire/entry.ts'
import { Checker } from './check.ts'
import { crueltiesOf } from './cruelties.ts'
import type { Invite } from './groups.ts'
import { Network, NO_TRAFFIC, otherEnd, type Session, type Traffic } from './network.ts'
import { HEALED_DISK, HEALED_NETWORK, type Plan } from './plan.ts'
import { Random } from './random.ts'
import { Registry } from './registry.ts'
import { Replica } from './replica.ts'
import { playGroups } from './scenes.ts'
import { assertAgreed, assertSettled, type Rest } from './settled.ts'
import { Timeline } from './timeline.ts'
import { Villain } from './villain.ts'

const TICK_MS = 1000
/** Time to meet again and to catch up, but less than a stall or an interval of clocks. */
const SWIFT_MS = 9000
/** Several intervals of clocks and stalls, one behind another. */
const SETTLE_MS_MAX = 900_000
/** Time for one of two copies of a database to say everything it has. */
const TWIN_MS = 150_000

interface Link {
  readonly ends: readonly [number, number]
  session: Session | undefined
  /** Partitions that this link crosses. */
  cuts: number
}

export class World {
  readonly plan: Plan
  readonly timeline = new Timeline()
  readonly network: Network
  readonly checker: Checker
  readonly replicas: Replica[] = []
  readonly random: Random
  readonly registry: Registry
  /** What was made, by whatever became of it. */
  readonly groups = new Set<ConversationId>()
  /** The cases that are hard by design and came about (scenes.ts). */
  readonly played = new Set<string>()
  private readonly speech: Random
  private readonly links: Link[]
  private readonly step: typeof realStep

  constructor(plan: Plan, random: Random, step: typeof realStep = realStep) {
    this.plan = plan
    this.random = random
    this.step = step
    this.registry = new Registry(plan.people)
    this.speech = new Random(plan.seed + 0x5a1d)
    this.checker = new Checker(plan, this.registry)
    this.network = new Network(this.timeline, random, plan.network, (session, to, frame) => {
      const replica = this.replica(to)
      replica.villain?.hears(frame)
      replica.take({ type: 'frame', peer: otherEnd(session, to).device, frame })
      if (replica.isHonest) this.checker.steady(replica)
    })
    for (const owner of plan.people.keys()) this.addReplica(owner)
    for (const index of plan.cruelty.villains) {
      const replica = this.replica(index)
      replica.villain = new Villain(replica)
    }
    this.checker.watch(this.replicas)
    this.links = plan.links.map((ends) => ({ ends, session: undefined, cuts: 0 }))
  }

  /** From the beginning to rest. @throws AssertionError when something does not hold */
  run(): void {
    this.begin()
    this.timeline.run(this.plan.activeMs)
    this.heal()
    if (this.plan.swift) this.assertSwift()
    this.settle()
  }

  /** Another replica of somebody; it does nothing until it is started. */
  addReplica(owner: number): Replica {
    const { plan, timeline, random, speech, checker, registry, step } = this
    const hooks = {
      invite: (session: Session, to: number, invite: Invite, from: DeviceList) => {
        const { groups } = this.replica(to)
        this.network.first(session, to, () => groups.invited(invite, from, session))
      },
      send: this.network.send.bind(this.network),
      close: (session: Session) => this.closeSession(session),
      renewed: (replica: Replica) => this.renewed(replica),
    }
    const index = this.replicas.length
    const shared = { plan, timeline, random, speech, checker, registry, step, hooks }
    const replica = new Replica({ ...shared, index, owner })
    this.replicas.push(replica)
    return replica
  }

  /** A copy of a replica's database is started, in touch with whomever the replica can meet. */
  clone(original: Replica): void {
    const clone = this.addReplica(original.init.owner)
    clone.disk.copy(original.disk)
    for (const id of original.joined) clone.joined.add(id)
    clone.learn(original.known)
    const links = this.links.filter(({ ends }) => ends.includes(original.index))
    for (const { ends } of links) {
      const [a, b] = ends
      const other = a === original.index ? b : a
      this.links.push({ ends: [clone.index, other], session: undefined, cuts: 0 })
    }
    this.tick(clone)
    this.restart(clone)
  }

  private begin(): void {
    const { plan, random } = this
    for (const { id, members } of plan.conversations) {
      for (const member of members) {
        if (!plan.lateJoins || random.chance(0.5)) this.replica(member).join(id)
        else this.atSomeTime(() => this.replica(member).join(id))
      }
    }
    for (const replica of this.replicas) {
      replica.start()
      this.tick(replica)
    }
    for (const link of this.links) this.connectSoon(link)
    this.repeat(plan.appends, () => this.append())
    this.repeat(plan.undos, () => this.regret())
    playGroups(this)
    this.repeat(plan.cuts, () => this.cut(random.pick(this.links)))
    this.repeat(plan.partitions, () => this.partition())
    this.repeat(plan.crashes, () => {
      const replica = random.pick(this.replicas)
      this.down(replica, () => replica.disk.crash())
    })
    this.repeat(plan.jumps, () => random.pick(this.replicas).leap(random.int(0, 600_000)))
    this.repeat(plan.congestions, () => this.congest())
    this.repeat(plan.holds, () => this.hold())
    for (const cruelty of crueltiesOf(this)) this.atSomeTime(cruelty)
  }

  /** Kinds of entries that anybody holds. */
  get kinds(): Set<string> {
    const logs = this.replicas.flatMap(({ disk }) => [...disk.shelf.logs.values()])
    return new Set(
      logs.flatMap(({ entries }) => entries.map((each) => decodeEntry(each).body.kind)),
    )
  }

  replica(index: number): Replica {
    const replica = this.replicas[index]
    if (!replica) throw new RangeError('nobody there')
    return replica
  }

  private ends({ ends }: Link): [Replica, Replica] {
    return [this.replica(ends[0]), this.replica(ends[1])]
  }

  atSomeTime(happen: () => void): void {
    this.timeline.after(this.random.int(0, this.plan.activeMs), happen)
  }

  private repeat(times: number, happen: () => void): void {
    for (let i = 0; i < times; i++) this.atSomeTime(happen)
  }

  private tick(replica: Replica): void {
    this.timeline.after(this.random.int(TICK_MS * 0.8, TICK_MS * 1.2), () => {
      replica.tick()
      if (replica.isHonest) this.checker.steady(replica)
      this.tick(replica)
    })
  }

  private append(): void {
    if (this.groups.size > 0 && this.random.chance(0.7)) return this.appendToGroup()
    const { id, members } = this.random.pick(this.plan.conversations)
    const owner = this.random.pick(members)
    const replica = this.random.pick(this.replicas.filter(({ init }) => init.owner === owner))
    const bursts = this.random.chance(0.2) ? 4 : 1
    for (let i = 0; i < bursts; i++) replica.append(id, this.random.int(1, 4))
  }

  /** Somebody writes, and takes it back some moments later. */
  private regret(): void {
    const { id, members } = this.random.pick(this.plan.conversations)
    const owner = this.random.pick(members)
    const replica = this.random.pick(this.replicas.filter(({ init }) => init.owner === owner))
    replica.append(id, this.random.int(1, 3))
    const { latencyMaxMs } = this.plan.disk
    const times = this.random.int(1, 2)
    for (let i = 0; i < times; i++) {
      this.timeline.after(this.random.int(0, 3 * latencyMaxMs + 20), () => replica.undo(id))
    }
  }

  private appendToGroup(): void {
    const id = this.random.pick([...this.groups])
    const writers = this.replicas.filter(({ up, groups }) => up && groups.canWrite(id))
    if (writers.length > 0) this.random.pick(writers).append(id, this.random.int(1, 3))
  }

  private connectSoon(link: Link): void {
    this.timeline.after(this.random.int(0, 5000), () => this.connect(link))
  }

  private connect(link: Link): void {
    if (link.cuts > 0 || link.session?.open) return
    const [a, b] = this.ends(link)
    if (!a.up || !b.up) return
    const devices = [a.device, b.device] as const
    const { ends } = link
    const counts = { arrivals: new Map<number, number>(), brought: new Map<number, number>() }
    const session: Session = { ends, devices, ...counts, open: true }
    link.session = session
    for (const [one, other] of [[a, b] as const, [b, a] as const]) {
      const resume = other.resume(one.device)
      const theirs = this.registry.devicesOf(other.init.owner)
      const hasGroups = this.plan.social.groups > 0
      const list = hasGroups ? this.registry.listOf(other.init.owner) : undefined
      this.network.first(session, one.index, () => {
        this.replaceSession(one, other.device)
        one.learn(theirs)
        one.connected(session, { resume, list })
      })
    }
  }

  /** Of two copies of one database the one that came last has the session. */
  private replaceSession(one: Replica, device: DeviceId): void {
    const before = one.sessions.get(device)
    const link = this.links.find(({ session }) => session === before)
    if (before?.open && link) this.cut(link)
  }

  private closeSession(closed: Session): void {
    const link = this.links.find(({ session }) => session === closed)
    if (link) this.cut(link)
  }

  /** The session of a link ends; both sides notice, and meet again soon. */
  private cut(link: Link): void {
    const { session } = link
    if (!session?.open) return
    session.open = false
    // Now and then a new session begins before the end of the old one was noticed.
    if (this.random.chance(0.8)) for (const end of this.ends(link)) end.disconnected(session)
    this.connectSoon(link)
  }

  private cutAll(replica: Replica): void {
    for (const link of this.links) if (link.ends.includes(replica.index)) this.cut(link)
  }

  private partition(): void {
    const side = new Set(this.replicas.filter(() => this.random.chance(0.5)).map((r) => r.index))
    this.part(side, () => this.random.int(1000, 40_000))
  }

  /** Those on one side meet nobody of the others for a while. */
  part(side: ReadonlySet<number>, forMs: () => number): void {
    const crossed = this.links.filter(({ ends }) => side.has(ends[0]) !== side.has(ends[1]))
    for (const link of crossed) {
      link.cuts += 1
      this.cut(link)
    }
    this.timeline.after(forMs(), () => {
      for (const link of crossed) {
        link.cuts = Math.max(0, link.cuts - 1)
        this.connectSoon(link)
      }
    })
  }

  /** A process ends, something becomes of its disk, and it starts again after a while. */
  down(replica: Replica, change: () => void): void {
    if (!replica.up) return
    replica.stop(change)
    this.cutAll(replica)
    this.timeline.after(this.random.int(0, 20_000), () => this.restart(replica))
  }

  private restart(replica: Replica): void {
    if (replica.up || replica.away) return
    replica.start()
    for (const link of this.links) if (link.ends.includes(replica.index)) this.connectSoon(link)
  }

  /** It begins anew as another device, or with another log; others hear of it in time. */
  private renewed(replica: Replica): void {
    replica.stop(() => {})
    this.cutAll(replica)
    this.restart(replica)
    this.announce(replica.device)
  }

  announce(device: DeviceId): void {
    for (const replica of this.replicas) {
      this.timeline.after(this.random.int(0, 60_000), () => replica.learn([device]))
    }
  }

  private congest(): void {
    const replica = this.random.pick(this.replicas)
    const [peer] = this.random.shuffled(replica.sessions.keys())
    if (!peer) return
    replica.take({ type: 'congested', peer, congested: true })
    this.timeline.after(this.random.int(100, 20_000), () => {
      replica.take({ type: 'congested', peer, congested: false })
    })
  }

  /** A replica has no more room for what everybody, or some of the others, write. */
  private hold(): void {
    const replica = this.random.pick(this.replicas)
    const others = this.random.chance(0.3)
    const accounts = this.plan.people.filter(() => this.random.chance(0.5))
    replica.holdBack({ accounts: new Set(accounts.map(({ account }) => account)), others })
    this.timeline.after(this.random.int(1000, 60_000), () => replica.holdBack(NOBODY_HELD_BACK))
  }

  private heal(): void {
    const { plan, network } = this
    network.faults = HEALED_NETWORK
    for (const link of this.links) {
      link.cuts = 0
      this.connectSoon(link)
    }
    for (const replica of this.replicas) {
      replica.holdBack(NOBODY_HELD_BACK)
      replica.villain?.rest()
      replica.disk.faults = HEALED_DISK
      this.restart(replica)
      for (const { id, members } of plan.conversations) {
        if (members.includes(replica.init.owner)) replica.join(id)
      }
      replica.groups.isEager = true
      for (const id of replica.groups.ids) replica.groups.accept(id)
    }
    if (plan.social.groups > 0) this.joinUp()
    this.partTwins()
    for (const replica of this.replicas) {
      for (const owner of plan.people.keys()) replica.learn(this.registry.devicesOf(owner))
    }
  }

  /** Everybody can meet everybody: groups know no other neighbourhood. */
  private joinUp(): void {
    for (const [b] of this.replicas.entries()) {
      for (let a = 0; a < b; a++) {
        if (this.links.some(({ ends }) => ends.includes(a) && ends.includes(b))) continue
        // Databases of one account may never meet.
        if (this.replica(a).init.owner === this.replica(b).init.owner) continue
        const link: Link = { ends: [a, b], session: undefined, cuts: 0 }
        this.links.push(link)
        this.connectSoon(link)
      }
    }
  }

  /**
   * Copies of a database that still write as one device push each other out of every session. One
   * of them is alone for a while; it becomes another device then, or has nothing of its own.
   */
  private partTwins(): void {
    for (const replica of this.replicas.toReversed()) {
      const twins = this.replicas.filter((r) => !r.away && r.device === replica.device)
      if (replica.away || twins.length < 2) continue
      const others = twins.filter((twin) => twin !== replica)
      for (const twin of others) this.switchOff(twin)
      this.timeline.run(TWIN_MS)
      if (others.some((twin) => twin.device === replica.device)) this.switchOff(replica)
      for (const twin of others) {
        twin.away = false
        this.restart(twin)
      }
    }
  }

  switchOff(replica: Replica): void {
    replica.away = true
    if (replica.up) replica.stop((disk) => disk.crash())
    this.cutAll(replica)
  }

  private get rest(): Rest {
    const honest = this.replicas.filter(({ isHonest, away }) => isHonest && !away)
    const { plan, checker, groups, replicas } = this
    return { plan, checker, honest, groups, isSomebodyGone: replicas.some(({ away }) => away) }
  }

  /** @throws AssertionError when the members of a conversation do not hold the same by now */
  private assertSwift(): void {
    this.timeline.run(SWIFT_MS)
    assertAgreed(this.rest)
  }

  private settle(): void {
    const endMs = this.timeline.nowMs + SETTLE_MS_MAX
    for (;;) {
      this.timeline.run(10_000)
      try {
        assertSettled(this.rest)
        assert.ok(
          this.links.every((link) => this.isMet(link)),
          'not all links are up',
        )
        return
      } catch (error) {
        if (this.timeline.nowMs > endMs) throw error
      }
    }
  }

  private isMet(link: Link): boolean {
    return link.session?.open === true || this.ends(link).some(({ away }) => away)
  }

  /** In a world at rest one replica takes nothing more of others, who go on writing for a while. */
  holdOneBack(forMs: number): { readonly sessions: number; readonly traffic: Traffic } {
    const full: HeldBack = { accounts: new Set(), others: true }
    const replica = this.random.pick(this.rest.honest)
    replica.holdBack(full)
    for (const { id, members } of this.plan.conversations) {
      const owners = members.filter((member) => member !== replica.init.owner)
      const writer = this.replicas.find(({ init }) => init.owner === owners[0])
      if (members.includes(replica.init.owner)) writer?.append(id, 3)
    }
    // All that is said because of it is said by then, by everybody to everybody.
    this.timeline.run(100_000)
    this.network.traffic = NO_TRAFFIC
    this.timeline.run(forMs)
    const { traffic } = this.network
    replica.holdBack(NOBODY_HELD_BACK)
    this.settle()
    return { sessions: this.links.length, traffic }
  }

  /** Every link anew, with nothing missed: what that costs in frames. */
  reconnectAll(): { readonly links: number; readonly traffic: Traffic } {
    this.network.traffic = NO_TRAFFIC
    for (const link of this.links) this.cut(link)
    this.timeline.run(8000)
    return { links: this.links.length, traffic: this.network.traffic }
  }
}
