// Two different entries at one place of a log: a cloned or restored database, or a cheat. The proof
// is kept on disk, shown to every peer that still takes the log for whole, and told to the user.
import { type ForkProof, proveFork } from '../core/fork.ts'
import type { ForkFrame } from '../core/frames.ts'
import type { AccountId, ConversationId, DeviceId } from '../core/id.ts'
import type { Logger } from '../core/logger.ts'
import { chainEnd, chainHashes, headMark, type LogName, type Run } from '../core/run.ts'
import { conversationOf, deviceOf, type LogKey, logKey } from '../core/sync/state.ts'
import type { Session } from '../net/net.ts'
import type { Store } from '../store/store.ts'
import type { Conversations } from './conversations.ts'
import type { EventBus } from './event-bus.ts'
import { keptFork } from './fork-record.ts'
import type { Ledger } from './ledger/ledger.ts'
import type { EffectOf } from './replicator-hooks.ts'

export interface ForksInit {
  readonly store: Store
  readonly ledger: Ledger
  readonly conversations: Conversations
  /** Whether there is room for more of what an account makes this node keep. */
  readonly hasRoom: (account: AccountId) => boolean
  readonly isShared: (device: DeviceId, conversation: ConversationId) => boolean
  readonly bus: EventBus
  readonly log: Logger
  readonly now: () => number
}

export class Forks {
  private readonly init: ForksInit
  /** A proof is on disk before it is shown to anybody. */
  private work: Promise<void> = Promise.resolve()
  /** Logs of which a session is still to see the proof, with how much of them is held here. */
  private readonly waiting = new WeakMap<Session, Map<LogKey, number>>()

  constructor(init: ForksInit) {
    this.init = init
  }

  /** A log is forked: `proof`, or else what `run` and the newest run held here prove together. */
  found({ run, until, proof }: EffectOf<'forked'>): void {
    const { conversation, device } = run
    this.init.log.error({ conversation, device }, 'a device has signed two different logs')
    this.inTurn(async () => {
      const { conversations, hasRoom, ledger, now } = this.init
      // A proof is large: whoever used up the room that it would take is only marked.
      const isKept = hasRoom(conversations.authorOf(conversation, device))
      const kept = isKept ? (proof ?? (await this.proofWith(run))) : undefined
      const fork = { held: until, ...(kept && { proof: kept }) }
      await ledger.markForked(conversation, device, fork, now())
      this.tell(conversation, device)
    })
  }

  /** A peer holds another history of an own log: another copy of this database wrote to it. */
  own(conversation: ConversationId, device: DeviceId): void {
    this.init.log.error({ conversation }, 'another copy of this profile has written to its log')
    this.tell(conversation, device)
  }

  /** No more of a log is accepted: what waits for more of it need not wait, now or ever. */
  ended({ conversation, device }: LogName): void {
    this.inTurn(async () => {
      const { ledger, now } = this.init
      const { head, until = 0 } = ledger.conversation(conversation).get(device) ?? {}
      // By its proof more was still to come.
      if (head && head.seq < until) {
        const { proof } = this.kept(conversation, device) ?? {}
        const fork = { held: head.seq, ...(proof && { proof }) }
        await ledger.markForked(conversation, device, fork, now())
      }
      await ledger.resume(conversation)
    })
  }

  /** Sends the proof that is kept of a log, once it is on disk and those before it have left. */
  prove(session: Session, { conversation, device, held }: LogName & Pick<ForkFrame, 'held'>): void {
    const known = this.waiting.get(session)
    const waiting = known ?? new Map<LogKey, number>()
    waiting.set(logKey(conversation, device), held)
    if (known) return
    this.waiting.set(session, waiting)
    this.show(session, waiting).catch((error: unknown) => {
      // The session ended: its peer is shown them when it comes again.
      this.init.log.debug({ err: error }, 'proofs were not shown')
    })
  }

  /** The last place, from the one before the run on, at which the log on disk has its hash. */
  async agreed(run: Run): Promise<number | undefined> {
    const { conversation, device, first, entries } = run
    const hashes = [run.prevHash, ...chainHashes(run.prevHash, entries)]
    for (let i = hashes.length - 1; i >= 0; i--) {
      const seq = first - 1 + i
      const own = await this.hashAt(conversation, device, seq)
      if (own && Buffer.compare(own, hashes[i] ?? own.subarray(1)) === 0) return seq
    }
    return undefined
  }

  /** Whether the log on disk has the mark at a place. */
  async hasMark(
    { conversation, device }: LogName,
    seq: number,
    mark: Uint8Array,
  ): Promise<boolean> {
    const hash = await this.hashAt(conversation, device, seq)
    return hash !== undefined && Buffer.compare(headMark({ seq, hash }), mark) === 0
  }

  /** Resolves when every proof found so far is on disk. */
  async idle(): Promise<void> {
    await this.work
  }

  /** One at a time: many at once would fill what may wait for a peer, and end the session. */
  private async show(session: Session, waiting: Map<LogKey, number>): Promise<void> {
    for (const [key, held] of waiting) {
      // Whatever is to be shown from here on comes after it.
      waiting.delete(key)
      await this.idle()
      await session.drained()
      const conversation = conversationOf(key)
      // By now it may not be shared any more.
      if (!this.init.isShared(session.device, conversation)) continue
      const kept = this.kept(conversation, deviceOf(key))
      if (kept) session.send({ ...kept, held })
    }
    this.waiting.delete(session)
  }

  private kept(conversation: ConversationId, device: DeviceId): ReturnType<typeof keptFork> {
    try {
      return keptFork(this.init.store, conversation, device)
    } catch (error) {
      this.init.log.error({ err: error }, 'the proof of a fork could not be read')
      return undefined
    }
  }

  private async proofWith(other: Run): Promise<ForkProof | undefined> {
    const { ledger, store } = this.init
    await ledger.idle()
    const { conversation, device } = other
    const head = ledger.conversation(conversation).get(device)?.head
    const held = head && (await store.readRun(conversation, device, head.seq))
    return held && proveFork(held, other)
  }

  private async hashAt(
    conversation: ConversationId,
    device: DeviceId,
    seq: number,
  ): Promise<Uint8Array | undefined> {
    const { store } = this.init
    // The run after a place says the hash there too, and of a page that saves hashing all of it.
    for (const at of [seq + 1, seq]) {
      // A page is looked at once, so it is not kept in memory.
      const [run] = await store.readRuns(conversation, device, at, at)
      if (run && seq >= run.first - 1) {
        return chainEnd(run.prevHash, run.entries.slice(0, seq - run.first + 1))
      }
    }
    return undefined
  }

  private tell(conversation: ConversationId, device: DeviceId): void {
    const { bus, conversations } = this.init
    const account = conversations.authorOf(conversation, device)
    const own = conversations.isOwn(device)
    bus.emit({ type: 'fork', conversation, account, name: conversations.nameOf(account), own })
  }

  private inTurn(work: () => Promise<void>): void {
    this.work = this.work.then(work).catch((error: unknown) => {
      this.init.log.error({ err: error }, 'a fork could not be handled')
    })
  }
}
