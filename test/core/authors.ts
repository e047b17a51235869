// People who write, for tests: devices with real keys, and logs of real runs.
import type { ConversationClock } from '../../src/core/frames.ts'
import {
  type AccountId,
  type ConversationId,
  type DeviceId,
  domainHash,
  idFromBytes,
} from '../../src/core/id.ts'
import {
  closeRun,
  emptyHead,
  type Head,
  headMark,
  publicKeyFromSeed,
  type Run,
  type Signer,
  signerFromSeed,
} from '../../src/core/run.ts'

export interface Author {
  readonly device: DeviceId
  readonly account: AccountId
  readonly signer: Signer
}

const bytesOf = (name: string): Uint8Array => domainHash('tidings/test', Buffer.from(name))

export function author(name: string): Author {
  const seed = bytesOf(name)
  return {
    device: idFromBytes<DeviceId>(publicKeyFromSeed(seed)),
    account: idFromBytes<AccountId>(bytesOf(`account of ${name}`)),
    signer: signerFromSeed(seed),
  }
}

export function conversationId(name: string): ConversationId {
  return idFromBytes<ConversationId>(bytesOf(`conversation ${name}`))
}

/** One log while it is being written. */
export class Log {
  readonly conversation: ConversationId
  readonly author: Author
  readonly entries: Uint8Array[] = []
  readonly heads: Head[]

  constructor(conversation: ConversationId, by: Author) {
    this.conversation = conversation
    this.author = by
    this.heads = [emptyHead(conversation, by.device)]
  }

  get head(): Head {
    return this.headAt(this.entries.length)
  }

  headAt(seq: number): Head {
    const head = this.heads[seq]
    if (!head) throw new RangeError('no such entry')
    return head
  }

  /** How a node that holds all of it tells of it. */
  get told(): ConversationClock {
    const { conversation, author, head } = this
    const seqs = new Map([[author.device, head.seq]])
    return { conversation, seqs, marks: new Map([[author.device, headMark(head)]]) }
  }

  /** The same log up to a place: what a copy of its database goes on from. */
  copy(seq: number): Log {
    const log = new Log(this.conversation, this.author)
    log.entries.push(...this.entries.slice(0, seq))
    log.heads.splice(0, 1, ...this.heads.slice(0, seq + 1))
    return log
  }

  /** Writes entries and closes them into one run. */
  write(...texts: readonly string[]): Run {
    const first = this.entries.length + 1
    for (const text of texts) {
      const entry = Buffer.from(text)
      this.heads.push(closeRun(this.names, this.head, [entry], this.author.signer).head)
      this.entries.push(entry)
    }
    return this.run(first, this.entries.length)
  }

  /** Entries `first` to `last`, signed at the end. */
  run(first: number, last: number): Run {
    const entries = this.entries.slice(first - 1, last)
    return closeRun(this.names, this.headAt(first - 1), entries, this.author.signer).run
  }

  private get names(): { conversation: ConversationId; device: DeviceId } {
    return { conversation: this.conversation, device: this.author.device }
  }
}
