// The world of one seed: replicas, the links between them, people who write, and trouble. It runs
// a time of trouble, heals everything, and waits for rest.
import { step as realStep } from '../../src/core/sync/engine.ts'
import { Checker } from './check.ts'
import { Network, NO_TRAFFIC, type Session, type Traffic } from './network.ts'
import { HEALED_DISK, HEALED_NETWORK, type Plan } from './plan.ts'
import type { Random } from './random.ts'
import { Replica } from './replica.ts'
import { assertAgreed, assertSettled } from './settled.ts'
import { Timeline } from './timeline.ts'

const TICK_MS = 1000
/** Time to meet again and to catch up, but less than a stall or an interval of clocks. */
const SWIFT_MS = 9000
/** Several intervals of clocks and stalls, one behind another. */
const SETTLE_MS_MAX = 900_000

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
  readonly checker = new Checker()
  readonly replicas: readonly Replica[]
  private readonly links: readonly Link[]
  private readonly random: Random

  constructor(plan: Plan, random: Random, step: typeof realStep = realStep) {
    this.plan = plan
    this.random = random
    const { timeline, checker } = this
    this.network = new Network(timeline, random, plan.network, (session, to, frame) => {
      const from = session.ends[0] === to ? session.ends[1] : session.ends[0]
      const peer = this.replica(from).person.device
      this.replica(to).take({ type: 'frame', peer, frame })
      checker.steady(this.replica(to))
    })
    const { network } = this
    this.replicas = plan.people.map((_, index) => {
      const send = network.send.bind(network)
      return new Replica({ index, plan, timeline, random, checker, step, send })
    })
    checker.watch(this.replicas)
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
    this.repeat(plan.cuts, () => this.cut(random.pick(this.links)))
    this.repeat(plan.partitions, () => this.partition())
    this.repeat(plan.crashes, () => this.crash(random.pick(this.replicas)))
    this.repeat(plan.jumps, () => random.pick(this.replicas).leap(random.int(0, 600_000)))
    this.repeat(plan.congestions, () => this.congest())
  }

  private replica(index: number): Replica {
    const replica = this.replicas[index]
    if (!replica) throw new RangeError('nobody there')
    return replica
  }

  private atSomeTime(happen: () => void): void {
    this.timeline.after(this.random.int(0, this.plan.activeMs), happen)
  }

  private repeat(times: number, happen: () => void): void {
    for (let i = 0; i < times; i++) this.atSomeTime(happen)
  }

  private tick(replica: Replica): void {
    this.timeline.after(this.random.int(TICK_MS * 0.8, TICK_MS * 1.2), () => {
      replica.take({ type: 'tick' })
      this.checker.steady(replica)
      this.tick(replica)
    })
  }

  private append(): void {
    const { id, members } = this.random.pick(this.plan.conversations)
    const replica = this.replica(this.random.pick(members))
    const bursts = this.random.chance(0.2) ? 4 : 1
    for (let i = 0; i < bursts; i++) replica.append(id, this.random.int(1, 4))
  }

  private connectSoon(link: Link): void {
    this.timeline.after(this.random.int(0, 5000), () => this.connect(link))
  }

  private connect(link: Link): void {
    if (link.cuts > 0 || link.session?.open) return
    const [a, b] = [this.replica(link.ends[0]), this.replica(link.ends[1])]
    if (!a.up || !b.up) return
    const session: Session = { ends: link.ends, arrivals: new Map(), open: true }
    link.session = session
    for (const [one, other] of [[a, b] as const, [b, a] as const]) {
      const resume = other.resume(one.person.device)
      this.network.first(session, one.index, () => {
        one.connected(session, other.person.device, resume)
      })
    }
  }

  /** The session of a link ends; both sides notice, and meet again soon. */
  private cut(link: Link): void {
    const { session } = link
    if (!session?.open) return
    session.open = false
    const [a, b] = [this.replica(link.ends[0]), this.replica(link.ends[1])]
    // Now and then a new session begins before the end of the old one was noticed.
    if (this.random.chance(0.8)) {
      a.disconnected(session, b.person.device)
      b.disconnected(session, a.person.device)
    }
    this.connectSoon(link)
  }

  private partition(): void {
    const side = new Set(this.replicas.filter(() => this.random.chance(0.5)).map((r) => r.index))
    const crossed = this.links.filter(({ ends }) => side.has(ends[0]) !== side.has(ends[1]))
    for (const link of crossed) {
      link.cuts += 1
      this.cut(link)
    }
    this.timeline.after(this.random.int(1000, 40_000), () => {
      for (const link of crossed) {
        link.cuts = Math.max(0, link.cuts - 1)
        this.connectSoon(link)
      }
    })
  }

  private crash(replica: Replica): void {
    if (!replica.up) return
    replica.crash()
    for (const link of this.links) if (link.ends.includes(replica.index)) this.cut(link)
    this.timeline.after(this.random.int(0, 20_000), () => this.restart(replica))
  }

  private restart(replica: Replica): void {
    if (replica.up) return
    replica.start()
    for (const link of this.links) if (link.ends.includes(replica.index)) this.connectSoon(link)
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

  private heal(): void {
    const { plan, network } = this
    network.faults = HEALED_NETWORK
    for (const link of this.links) {
      link.cuts = 0
      this.connectSoon(link)
    }
    for (const replica of this.replicas) {
      replica.disk.faults = HEALED_DISK
      this.restart(replica)
      for (const { id, members } of plan.conversations) {
        if (members.includes(replica.index)) replica.join(id)
      }
    }
  }

  /** @throws AssertionError when the members of a conversation do not hold the same by now */
  private assertSwift(): void {
    this.timeline.run(SWIFT_MS)
    assertAgreed(this.replicas)
  }

  private settle(): void {
    const endMs = this.timeline.nowMs + SETTLE_MS_MAX
    for (;;) {
      this.timeline.run(10_000)
      try {
        assertSettled(this.replicas)
        if (this.links.every(({ session }) => session?.open)) return
      } catch (error) {
        if (this.timeline.nowMs > endMs) throw error
      }
    }
  }

  /** Every link anew, with nothing missed: what that costs in frames. */
  reconnectAll(): { readonly links: number; readonly traffic: Traffic } {
    this.network.traffic = NO_TRAFFIC
    for (const link of this.links) this.cut(link)
    this.timeline.run(8000)
    return { links: this.links.length, traffic: this.network.traffic }
  }
}
