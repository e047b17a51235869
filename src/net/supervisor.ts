// Keeps a session with every device that matters, for ever: dials whoever has none, waits longer
// after each failure, and starts over at once when there is news, that is, when discovery hears the
// device or when the network changes. It never gives up. An outage has no end that could be heard:
// whom the network took away is dialed every few seconds for some minutes.
import type { DeviceId } from '../core/id.ts'
import {
  ADDRESSES_PER_PEER_MAX,
  REDIAL_LOST_FOR_MS,
  REDIAL_LOST_MS,
  REDIAL_MAX_MS,
  REDIAL_MIN_MS,
  REDIAL_STRANGER_MAX_MS,
} from '../core/limits.ts'
import type { Logger } from '../core/logger.ts'
import { DialQueue } from './dial-queue.ts'
import { type Kept, newlyKept } from './kept.ts'
import { OUTAGES } from './net.ts'
import { Strain } from './strain.ts'

export interface SupervisorInit {
  readonly own: DeviceId
  readonly hasSession: (device: DeviceId) => boolean
  /** Addresses that discovery claims for the device now. */
  readonly heardAddresses: (device: DeviceId) => readonly string[]
  /** Finds out soon whether the session of the device still leads to it. */
  readonly probe: (device: DeviceId) => void
  /** Whether this node itself listens there. */
  readonly isOwn: (address: string) => boolean
  /** Resolves when there is a session, rejects when there is none. */
  readonly dial: (
    device: DeviceId,
    addresses: readonly string[],
    signal: AbortSignal,
  ) => Promise<unknown>
  /** Monotonic milliseconds. */
  readonly now: () => number
  /** 0 to 1. */
  readonly random: () => number
  readonly log: Logger
}

/** Those that are verified leave room for what is told and heard. */
const VERIFIED_MAX = ADDRESSES_PER_PEER_MAX / 2
/** A lost session is redialed after up to this long, so that both sides rarely dial at once. */
const FIRST_REDIAL_MS = 500
/** A session that ended earlier than this counts as a failure: it may do so again and again. */
const STABLE_MS = 10_000
/** Said to whoever is no contact when its time is over: others who ask wait for its place. */
const STRANGER = 'stranger'
/** mDNS proves nothing: whoever forges it causes one dial or probe in this time, not a storm. */
const HEARD_GAP_MS = 1000

export class Supervisor {
  private readonly init: SupervisorInit
  private readonly kept = new Map<DeviceId, Kept>()
  private readonly queue: DialQueue<Kept>
  private readonly strain: Strain
  private readonly stopping = new AbortController()
  private started = false

  constructor(init: SupervisorInit) {
    this.init = init
    this.strain = new Strain({ now: init.now, eased: () => this.queue.work() })
    this.queue = new DialQueue({
      isStrained: () => this.strain.isFelt,
      isNear: ({ device, isDoubtful }) => !isDoubtful && init.heardAddresses(device).length > 0,
      dial: (peer) => this.dial(peer).catch((error: unknown) => this.mistake(peer, error)),
    })
  }

  start(): void {
    this.started = true
    this.strain.start()
    for (const peer of this.kept.values()) this.dialSoon(peer, 0)
  }

  stop(): void {
    this.started = false
    this.strain.stop()
    this.stopping.abort(new Error('stopping'))
    for (const { timer } of this.kept.values()) clearTimeout(timer)
    this.queue.clear()
  }

  keep(device: DeviceId, addresses: readonly string[]): void {
    const known = this.kept.get(device)
    const given = addresses.slice(0, ADDRESSES_PER_PEER_MAX)
    if (known) {
      const isNews = given.some((address) => !known.given.includes(address))
      known.given = given
      if (isNews) this.startOver(known, 0)
      return
    }
    const peer = newlyKept(device, given)
    this.kept.set(device, peer)
    this.dialSoon(peer, 0)
  }

  release(device: DeviceId): void {
    clearTimeout(this.kept.get(device)?.timer)
    this.kept.delete(device)
  }

  /** Everything known about where the device may be, best first. */
  addresses(device: DeviceId): string[] {
    const peer = this.kept.get(device)
    // Many hosts have an address in common: it leads to nobody else, and would take room.
    const elsewhere = (address: string): boolean => !this.init.isOwn(address)
    const heard = this.init.heardAddresses(device).filter(elsewhere)
    const known = [...(peer?.verified ?? []), ...(peer?.given ?? [])].filter(elsewhere)
    const best = [...new Set([...known, ...heard])].slice(0, ADDRESSES_PER_PEER_MAX)
    // Old addresses must not crowd out where the device says that it is now.
    const [now] = heard
    if (now !== undefined && !best.includes(now)) best[best.length - 1] = now
    return best
  }

  /** The device proved itself at the address. Only this puts an address before others. */
  verified(device: DeviceId, address: string): void {
    const peer = this.kept.get(device)
    if (!peer) return
    const others = peer.verified.filter((known) => known !== address)
    peer.verified = [address, ...others].slice(0, VERIFIED_MAX)
  }

  /** Discovery heard the device: it is there now. */
  heard(device: DeviceId): void {
    const peer = this.kept.get(device)
    const now = this.init.now()
    // In the future: that dial is still to come.
    if (!peer || peer.isStranger || now < peer.heardAt) return
    if (this.init.hasSession(device)) return this.heardAnew(peer, now)
    peer.heard = this.init.heardAddresses(device)
    // Both hear each other at about the same time: the one whose dial stays if both dial begins.
    const turnMs = this.init.own < device ? 0 : HEARD_GAP_MS
    const waitMs = Math.max(turnMs, peer.heardAt + HEARD_GAP_MS - now)
    peer.heardAt = now + waitMs
    this.startOver(peer, waitMs)
  }

  networkChanged(): void {
    for (const peer of this.kept.values()) {
      // Here it may answer, and what it has now may end through no fault of its own.
      peer.isDoubtful = false
      if (peer.openedAt < Infinity) peer.openedAt -= STABLE_MS
      this.startOver(peer, 0)
    }
  }

  sessionOpened(device: DeviceId): void {
    const peer = this.kept.get(device)
    if (!peer) return
    peer.openedAt = this.init.now()
    peer.isDoubtful = false
    clearTimeout(peer.timer)
  }

  /** `code` as in a Bye, or `lost`. */
  sessionEnded(device: DeviceId, code: string): void {
    const peer = this.kept.get(device)
    if (!peer || this.init.hasSession(device)) return
    const isOutage = OUTAGES.has(code)
    const lastedMs = this.init.now() - peer.openedAt
    peer.openedAt = Infinity
    peer.isStranger = code === STRANGER
    if (lastedMs < STABLE_MS || peer.isStranger) {
      peer.failures += 1
      this.dialSoon(peer, this.backoffMs(peer, isOutage))
    } else {
      peer.failures = 0
      peer.lostAt = isOutage ? this.init.now() : -Infinity
      this.dialSoon(peer, FIRST_REDIAL_MS * this.init.random())
    }
  }

  /** It may have moved away from where its session leads, and be unable to dial this node. */
  private heardAnew(peer: Kept, now: number): void {
    const heard = this.init.heardAddresses(peer.device)
    // Where it was never heard, nothing says that it moved; and it may be too busy to answer soon.
    const wasHeard = peer.heard.length > 0
    const isElsewhere = wasHeard && heard.some((address) => !peer.heard.includes(address))
    if (isElsewhere && now < peer.heardAt + HEARD_GAP_MS) return
    peer.heard = heard
    if (!isElsewhere) return
    peer.heardAt = now
    this.init.probe(peer.device)
  }

  private startOver(peer: Kept, delayMs: number): void {
    if (this.init.hasSession(peer.device)) return
    peer.failures = 0
    peer.again = peer.dialing
    if (!peer.dialing) this.dialSoon(peer, delayMs)
  }

  private backoffMs({ failures, lostAt, isStranger }: Kept, isOutage: boolean): number {
    const isLost = isOutage && this.init.now() - lostAt < REDIAL_LOST_FOR_MS
    const maxMs = isStranger ? REDIAL_STRANGER_MAX_MS : REDIAL_MAX_MS
    const backoffMs = Math.min(maxMs, REDIAL_MIN_MS * 2 ** Math.max(0, failures - 1))
    const fullMs = isLost ? REDIAL_LOST_MS : backoffMs
    return fullMs * (0.75 + 0.5 * this.init.random())
  }

  private dialSoon(peer: Kept, delayMs: number): void {
    if (!this.started) return
    clearTimeout(peer.timer)
    peer.timer = setTimeout(() => {
      if (!peer.dialing) this.queue.add(peer)
    }, delayMs)
  }

  private async dial(peer: Kept): Promise<void> {
    const { device } = peer
    const isKept = (): boolean => this.kept.get(device) === peer && !this.init.hasSession(device)
    if (!isKept()) return
    peer.dialing = true
    try {
      const addresses = this.addresses(device)
      if (addresses.length > 0) await this.init.dial(device, addresses, this.stopping.signal)
    } catch (error) {
      peer.isDoubtful = true
      peer.isStranger = false
      this.init.log.debug({ device, err: error }, 'a dial failed')
    } finally {
      peer.dialing = false
    }
    if (isKept()) {
      peer.failures += 1
      this.dialSoon(peer, peer.again ? 0 : this.backoffMs(peer, true))
    }
    peer.again = false
  }

  private mistake({ device }: Kept, error: unknown): void {
    this.init.log.error({ device, err: error }, 'the supervisor failed')
  }
}
