// Discovery on one interface, in one IP family: one multicast socket of its own, opened again when
// it fails or goes deaf. A node that starts asks and tells at once; after that, one question on the
// network every interval is enough for everybody, so who hears one does not ask again (RFC 6762,
// section 7.3).
import type { RemoteInfo } from 'node:dgram'

import type { DeviceId } from '../../core/id.ts'
import {
  MDNS_ANSWER_GAP_MS,
  MDNS_FIRST_QUERIES_MS,
  MDNS_FIRST_RETRY_MS,
  MDNS_INTERVAL_MS,
  MDNS_RETRY_MS,
} from '../../core/limits.ts'
import type { Logger } from '../../core/logger.ts'
import { guarded } from '../guarded.ts'
import { isOnLink, type NetInterface } from '../interfaces.ts'
import { type Claim, isOurs, QUESTION, type Records } from './records.ts'
import { type Family, type MulticastSocket, openSocket, type Packet } from './socket.ts'

/** Answers of many nodes to one question are spread over this time. */
const ANSWER_SPREAD_MS = 80
/** Own questions that do not come back until the socket counts as deaf. */
const UNHEARD_MAX = 3
const GOODBYE_MAX_MS = 200
const ID_MAX = 0xffff

export interface LinkInit {
  readonly on: NetInterface
  readonly family: Family
  readonly port: number
  readonly records: Records
  /** Whether the address belongs to the network of some interface of this machine. */
  readonly isKnownNetwork: (ip: string) => boolean
  readonly heard: (claim: Claim, sender: string) => void
  readonly left: (device: DeviceId, sender: string) => void
  /** What is wrong, or nothing when it works again. */
  readonly trouble: (message: string | undefined) => void
  /** Monotonic milliseconds. */
  readonly now: () => number
  /** 0 to 1. */
  readonly random: () => number
  readonly log: Logger
}

export class Link {
  queriesSent = 0
  answersSent = 0
  /** Of other Tidings nodes. */
  packetsHeard = 0
  /** Of other programs on other machines: they show that multicast arrives at all. */
  othersHeard = 0
  error: string | undefined
  private readonly init: LinkInit
  private readonly log: Logger
  /** Tells our own questions from those of other nodes on this machine. */
  private readonly id: number
  private socket: MulticastSocket | undefined
  private readyAt: number | undefined
  private stopped = false
  private asked = 0
  private unheard = 0
  /** Since it last heard itself. */
  private failures = 0
  private otherAskedAt = -Infinity
  private answeredAt = -Infinity
  private askTimer: NodeJS.Timeout | undefined
  private answerTimer: NodeJS.Timeout | undefined
  private retryTimer: NodeJS.Timeout | undefined

  constructor(init: LinkInit) {
    this.init = init
    this.log = init.log.child({ interface: init.on.name, family: init.family })
    this.id = 1 + Math.floor(init.random() * ID_MAX)
  }

  get listening(): boolean {
    return this.readyAt !== undefined
  }

  /** For how long it has listened without a break. */
  get listenedMs(): number {
    return this.readyAt === undefined ? 0 : this.init.now() - this.readyAt
  }

  /** Whether what it sent last came back, as multicast does to its own machine. */
  get hearsItself(): boolean {
    return this.listening && this.unheard === 0
  }

  /** Asks and tells now, whatever is due. */
  probe(): void {
    if (this.listening) this.query()
  }

  open(): void {
    if (this.stopped) return
    const { on, family, port } = this.init
    const events = {
      ready: () => this.ready(),
      query: (packet: Packet, from: RemoteInfo) => this.question(packet, from),
      response: (packet: Packet, from: RemoteInfo) => this.response(packet, from),
      failed: (words: string) => this.fail(words),
    }
    this.socket = openSocket(on, family, port, events, this.log)
  }

  /** With a goodbye, others drop this node at once. */
  async close(sayGoodbye: boolean): Promise<void> {
    this.stopped = true
    const { socket, listening } = this
    clearTimeout(this.retryTimer)
    const answers = sayGoodbye && listening ? this.init.records.goodbye() : []
    if (socket && answers.length > 0) {
      const { promise, resolve } = Promise.withResolvers<void>()
      socket.respond(answers, resolve)
      const timer = setTimeout(resolve, GOODBYE_MAX_MS)
      await promise
      clearTimeout(timer)
    }
    this.drop()
  }

  private ready(): void {
    this.readyAt = this.init.now()
    this.asked = 0
    this.unheard = 0
    this.askLater()
  }

  private askLater(): void {
    const due = MDNS_FIRST_QUERIES_MS[this.asked]
    const before = MDNS_FIRST_QUERIES_MS[this.asked - 1] ?? 0
    const spreadMs = MDNS_INTERVAL_MS * (0.9 + 0.2 * this.init.random())
    clearTimeout(this.askTimer)
    this.askTimer = setTimeout(
      guarded(this.log, 'mdns interval', () => this.ask()),
      due === undefined ? spreadMs : due - before,
    )
  }

  private ask(): void {
    const isFirst = this.asked < MDNS_FIRST_QUERIES_MS.length
    const wasAsked = this.init.now() - this.otherAskedAt < MDNS_INTERVAL_MS
    if (isFirst || !wasAsked) {
      if (this.unheard >= UNHEARD_MAX) {
        this.failures += 1
        return this.fail('its own multicast does not come back; a firewall may block UDP 5353')
      }
      this.query()
    }
    this.asked += 1
    this.askLater()
  }

  /** And tells: whoever hears a question does not ask, and so would never hear who asks first. */
  private query(): void {
    this.unheard += 1
    this.queriesSent += 1
    this.socket?.query({ ...QUESTION, id: this.id })
    this.answerLater()
  }

  private question(packet: Packet, from: RemoteInfo): void {
    if (!this.isFromHere(from)) return
    if (!this.init.records.isQuestion(packet)) return this.heardOther(from)
    this.unheard = 0
    if (packet.id === this.id) return this.mend()
    this.packetsHeard += 1
    this.otherAskedAt = this.init.now()
    this.answerLater()
  }

  private response(packet: Packet, from: RemoteInfo): void {
    if (!this.isFromHere(from)) return
    const { records, heard, left } = this.init
    if (!isOurs(packet)) return this.heardOther(from)
    const leaver = records.leaver(packet)
    const claim = leaver ? undefined : records.claim(packet)
    if (!leaver && !claim) return
    this.packetsHeard += 1
    if (leaver) left(leaver, from.address)
    else if (claim) heard(claim, from.address)
  }

  /** Not from this machine, as far as its address tells; link-local ones do not. */
  private heardOther({ address }: RemoteInfo): void {
    const { ip4, ip6 } = this.init.on
    const isOwn = address.includes('%') || ip4.includes(address) || ip6.includes(address)
    if (!isOwn) this.othersHeard += 1
  }

  /** On Linux every socket hears what was sent on any interface: each takes its own share. */
  private isFromHere({ address }: RemoteInfo): boolean {
    const [ip = '', scope] = address.split('%')
    const { on } = this.init
    if (scope !== undefined) return on.scopes.includes(scope)
    return isOnLink(on, ip) || !this.init.isKnownNetwork(ip)
  }

  private answerLater(): void {
    if (this.answerTimer) return
    const gapMs = this.answeredAt + MDNS_ANSWER_GAP_MS - this.init.now()
    const delayMs = Math.max(gapMs, ANSWER_SPREAD_MS * this.init.random())
    const answer = guarded(this.log, 'mdns answer', () => this.answer())
    this.answerTimer = setTimeout(answer, delayMs)
  }

  private answer(): void {
    this.answerTimer = undefined
    this.answeredAt = this.init.now()
    const answers = this.init.records.answer()
    if (answers.length === 0) return
    this.answersSent += 1
    this.socket?.respond(answers)
  }

  private fail(message: string): void {
    if (this.stopped) return
    this.drop()
    // An interface that just came up may not be ready for a moment, which is worth no word.
    const isFirst = this.failures++ === 0
    const open = guarded(this.log, 'mdns retry', () => this.open())
    clearTimeout(this.retryTimer)
    this.retryTimer = setTimeout(open, isFirst ? MDNS_FIRST_RETRY_MS : MDNS_RETRY_MS)
    this.error = message
    if (!isFirst) this.init.trouble(message)
  }

  private mend(): void {
    this.failures = 0
    if (this.error === undefined) return
    this.error = undefined
    this.init.trouble(undefined)
  }

  private drop(): void {
    this.readyAt = undefined
    clearTimeout(this.askTimer)
    clearTimeout(this.answerTimer)
    this.answerTimer = undefined
    const { socket } = this
    this.socket = undefined
    socket?.destroy()
  }
}
