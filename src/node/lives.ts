// The lives of a node. It acts as one device with one device list, until another copy of its
// database turns out to write as the same device, or another database of the same account shows up:
// then it goes on in new parts over the same database, and what was asked of it goes along.
import { TidingsError, toTidingsError } from '../core/errors.ts'
import type { DeviceList } from '../core/frames.ts'
import { RENEWAL_RETRY_MS } from '../core/limits.ts'
import { joinTraffic, NO_TRAFFIC, type Traffic } from '../net/traffic.ts'
import { Archives } from '../store/archive/archives.ts'
import type { IdentityRecord } from '../store/store.ts'
import { EventBus } from './event-bus.ts'
import { Moves } from './moves.ts'
import type { NodeInit } from './node-init.ts'
import { type LifeHooks, NodeParts } from './parts.ts'
import { isNewList, type Self, selfOf, takeIdentity, withList } from './people/identity.ts'
import { type OwnFork, renew } from './renewal.ts'
import { stayAt } from './stay-at.ts'
import { Troubles } from './troubles.ts'

export class Lives {
  readonly bus: EventBus
  private readonly init: NodeInit
  readonly troubles: Troubles
  readonly archives: Archives
  private parts: NodeParts
  /** Multiaddrs. */
  private listen: readonly string[]
  /** On disk already, and not lived yet. */
  private next: Self | undefined
  private ending = new AbortController()
  /** Messages that went elsewhere by that. */
  readonly moves = new Moves()
  /** How many of them the life under way knows. */
  private movesKnown = 0
  /** Of the lives before this one. */
  private past: Traffic = NO_TRAFFIC
  private isStarted = false
  private isStopping = false
  /** Changes follow one another. */
  private work: Promise<void> = Promise.resolve()

  private constructor(init: NodeInit, self: Self) {
    this.init = init
    this.bus = new EventBus(init.log)
    this.troubles = new Troubles(this.bus)
    this.archives = new Archives(init)
    this.listen = init.net.listen
    this.parts = this.makeParts(self)
  }

  /** Loads identity, contacts and logs; nothing is on the network until `start`. */
  static async load(init: NodeInit): Promise<Lives> {
    const lives = new Lives(init, await takeIdentity(init.store, init.name, init.random))
    await lives.parts.load()
    await lives.archives.load()
    return lives
  }

  get current(): NodeParts {
    return this.parts
  }

  /** Does what changes something; where a life ended before that was done, in the next one. */
  once<T>(work: (parts: NodeParts) => Promise<T>): Promise<T> {
    const { parts } = this
    // What a life keeps while it ends, the next one might not know.
    if (parts.isEnding) return this.work.then(() => this.onceIn(this.parts, work))
    return this.onceIn(parts, work)
  }

  /** Thousands may wait here for the disk: a promise takes less than a frame that is awaited in. */
  private onceIn<T>(parts: NodeParts, work: (parts: NodeParts) => Promise<T>): Promise<T> {
    const failed = async (error: unknown): Promise<T> => {
      if (!parts.isEnding) throw error
      await this.work
      if (this.parts === parts) throw error
      return this.once(work)
    }
    try {
      return work(parts).catch(failed)
    } catch (error) {
      return failed(error)
    }
  }

  /** Does what goes on, and begins it again in each life that follows. */
  async each<T>(signal: AbortSignal, work: (until: AbortSignal) => Promise<T>): Promise<T> {
    for (;;) {
      const { signal: ended } = this.ending
      try {
        return await work(AbortSignal.any([signal, ended]))
      } catch (error) {
        if (signal.aborted || !ended.aborted) throw error
      }
    }
  }

  /** Since the first life began. */
  traffic(): Traffic {
    return joinTraffic(this.past, this.parts.net.traffic())
  }

  start(): Promise<void> {
    this.isStarted = true
    return this.parts.start()
  }

  /** Whatever fails on the way, the database is closed. */
  async stop(): Promise<void> {
    this.isStopping = true
    try {
      await this.work
      this.parts.appender.close()
      await this.parts.end()
    } finally {
      await this.init.store.close()
    }
  }

  /**
   * Takes another display name: a life of its own, so that everybody here learns it by a Hello.
   *
   * @throws TidingsError `disk_full`, `too_busy`; the name is the former one then
   */
  async rename(name: string): Promise<void> {
    let fault: unknown
    this.change(this.parts, async () => {
      try {
        return selfOf(await this.keep({ ...this.parts.self.record, name }))
      } catch (error) {
        fault = error
        return undefined
      }
    })
    await this.work
    if (fault !== undefined) throw toTidingsError(fault)
    if (this.parts.self.record.name === name) return
    throw new TidingsError('too_busy', 'the node is busy with another change; try again')
  }

  private makeParts(self: Self): NodeParts {
    const { bus, troubles, listen } = this
    const init = { ...this.init, net: { ...this.init.net, listen } }
    const hooks: LifeHooks = {
      ownFork: (fork) => this.change(parts, () => this.renewed(fork)),
      ownDevices: (list) => {
        // Contacts may say so again and again.
        if (isNewList(self.record, list)) this.change(parts, () => this.listed(list))
      },
    }
    const parts = new NodeParts(init, self, { bus, troubles }, hooks)
    return parts
  }

  /** What a former life asked for is known to the next one by itself, if it is still so. */
  private change(asking: NodeParts, make: () => Promise<Self | undefined>): void {
    this.work = this.work.then(async () => {
      if (this.isStopping || asking !== this.parts) return
      const { appender } = asking
      // What is being written gets done; what is not begun waits for the next life.
      appender.hold(true)
      try {
        // What was kept is not made again: the life of before knows nothing of it.
        this.next ??= await make()
        if (this.next) await this.begin(this.next)
      } catch (error) {
        this.failed(error, () => this.change(asking, make))
      } finally {
        // Where the next life did not begin yet, what waits is taken over by the one that does.
        if (!asking.isEnding) appender.hold(false)
      }
    })
  }

  private async renewed(fork: OwnFork): Promise<Self> {
    const { ledger, replicator, self } = this.parts
    const { store, now, random } = this.init
    // What was written and is not on disk yet belongs to what is cut off.
    const own = [fork.device, self.device]
    while (own.some((device) => replicator.isWriting(fork.conversation, device))) {
      await ledger.turn()
    }
    const { identity, moved } = await renew({ store, ledger, self, now, random }, fork)
    this.moves.add(moved)
    return selfOf(identity)
  }

  private async listed(list: DeviceList): Promise<Self | undefined> {
    let record: IdentityRecord | undefined
    try {
      record = withList(this.parts.self.record, list)
    } catch (error) {
      // Trying again would not help: devices never get fewer.
      this.init.log.error({ err: error }, 'another device of this account cannot be taken up')
      this.troubles.tell('devices', toTidingsError(error).message)
    }
    return record && selfOf(await this.keep(record))
  }

  private async keep(record: IdentityRecord): Promise<IdentityRecord> {
    const batch = this.init.store.batch()
    batch.put('identity', 'self', record)
    await this.init.store.commit(batch)
    return record
  }

  private async begin(self: Self): Promise<void> {
    const before = this.parts
    this.init.log.info({ device: self.device }, 'going on under a new identity')
    this.listen = stayAt(this.listen, before.net.addresses())
    await before.end()
    this.troubles.begin()
    const parts = this.makeParts(self)
    await parts.load()
    this.past = joinTraffic(this.past, before.net.traffic())
    this.parts = parts
    this.next = undefined
    const since = this.movesKnown
    this.movesKnown = this.moves.count
    parts.appender.takeOver(before.appender, (place) => this.moves.placeNow(place, since))
    this.ending.abort()
    this.ending = new AbortController()
    if (this.isStarted) await this.goOnline(parts)
  }

  /** Never rejects. A port may be taken for a moment; without the network everything else works. */
  private async goOnline(parts: NodeParts): Promise<void> {
    // A try of a life that ended since is over with it.
    if (parts !== this.parts) return
    try {
      await parts.start()
      this.troubles.tell('profile', '')
      this.troubles.settle()
    } catch (error) {
      this.failed(error, () => void this.goOnline(parts))
    }
  }

  private failed(error: unknown, again: () => void): void {
    this.init.log.error({ err: error }, 'the node could not go on under a new identity')
    this.troubles.tell('profile', toTidingsError(error).message)
    setTimeout(() => this.isStopping || again(), RENEWAL_RETRY_MS).unref()
  }
}
