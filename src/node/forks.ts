// Two different entries at one place of a log: a cloned or restored database, or a cheat. The proof
// is kept on disk, shown to every peer that still takes the log for whole, and told to the user.
import { type ForkProof, proveFork } from '../core/fork.ts'
import type { ForkFrame } from '../core/frames.ts'
import type { ConversationId, DeviceId } from '../core/id.ts'
import type { Logger } from '../core/logger.ts'
import { chainHashes, type Run } from '../core/run.ts'
import type { Store } from '../store/store.ts'
import { decodeFrame, encodeFrame } from '../wire/frames.ts'
import type { Conversations } from './conversations.ts'
import type { EventBus } from './event-bus.ts'
import type { Ledger } from './ledger.ts'

export interface ForksInit {
  readonly store: Store
  readonly ledger: Ledger
  readonly conversations: Conversations
  readonly bus: EventBus
  readonly log: Logger
  readonly now: () => number
}

export class Forks {
  private readonly init: ForksInit
  private readonly ownForks = new Map<string, boolean>()
  /** A proof is on disk before it is shown to anybody. */
  private work: Promise<void> = Promise.resolve()

  constructor(init: ForksInit) {
    this.init = init
  }

  /** A log is forked: `proof`, or else what `run` and the newest run held here prove together. */
  found(run: Run, proof: ForkProof | undefined): void {
    const { conversation, device } = run
    this.init.log.error({ conversation, device }, 'a device has signed two different logs')
    this.inTurn(async () => {
      const { ledger, now } = this.init
      const kept = proof ?? (await this.proofWith(run))
      const bytes = kept && encodeFrame({ type: 'fork', proof: kept, held: kept.head.seq })
      const text = bytes && Buffer.from(bytes).toString('base64')
      await ledger.markForked(conversation, device, text, now())
      this.tell(conversation, device)
    })
  }

  /** A peer proved that another copy of this database writes to this device's own log. */
  own(conversation: ConversationId, device: DeviceId): void {
    this.init.log.error({ conversation }, 'another copy of this profile has written to its log')
    const key = ownForkKey(conversation, device)
    this.ownForks.set(key, true)
    this.inTurn(async () => {
      const batch = this.init.store.batch()
      batch.put('setting', key, { value: true })
      await this.init.store.commit(batch)
      this.tell(conversation, device)
    })
  }

  /** Whether an own log is known to be forked: nobody takes more of it, now or after a restart. */
  isOwn(conversation: ConversationId, device: DeviceId): boolean {
    const key = ownForkKey(conversation, device)
    const known = this.ownForks.get(key) ?? this.init.store.get('setting', key) !== undefined
    this.ownForks.set(key, known)
    return known
  }

  /** Sends the proof that is kept of a log, once it is on disk. */
  prove(
    conversation: ConversationId,
    device: DeviceId,
    held: number,
    send: (frame: ForkFrame) => void,
  ): void {
    this.inTurn(() => {
      const proof = keptProof(this.init.store, conversation, device)
      if (proof) send({ type: 'fork', proof, held })
      return Promise.resolve()
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

  /** Resolves when every proof found so far is on disk. */
  async idle(): Promise<void> {
    await this.work
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
    // The hash before the first entry stands in the run that begins with it.
    const run = await store.readRun(conversation, device, Math.max(1, seq))
    if (!run || seq < run.first - 1) return undefined
    if (seq < run.first) return run.prevHash
    return chainHashes(run.prevHash, run.entries.slice(0, seq - run.first + 1)).at(-1)
  }

  private tell(conversation: ConversationId, device: DeviceId): void {
    const { bus, conversations } = this.init
    const account = conversations.authorOf(conversation, device)
    bus.emit({ type: 'fork', conversation, account, name: conversations.nameOf(account) })
  }

  private inTurn(work: () => Promise<void>): void {
    this.work = this.work.then(work).catch((error: unknown) => {
      this.init.log.error({ err: error }, 'a fork could not be handled')
    })
  }
}

function ownForkKey(conversation: ConversationId, device: DeviceId): string {
  return `own-fork/${conversation}/${device}`
}

/** The proof on disk that a log is forked. */
export function keptProof(
  store: Store,
  conversation: ConversationId,
  device: DeviceId,
): ForkProof | undefined {
  const record = store.get('fork', `${conversation}/${device}`)
  if (!record) return undefined
  const frame = decodeFrame(Buffer.from(record.proof, 'base64'))
  return frame.type === 'fork' ? frame.proof : undefined
}
