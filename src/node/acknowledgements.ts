// A peer's clock is the receipt for what it holds. But a clock counts entries: of an own log that
// another copy of this database wrote to as well, the peer may hold other ones in their place. So
// what it says of own logs counts only where its mark is the one of the log on disk; until a fork
// is dealt with, nothing of it is taken for delivered (docs/PROTOCOL.md, "Clocks").
import type { Clock } from '../core/clock.ts'
import type { ResumeToken } from '../core/frames.ts'
import type { ConversationId, DeviceId } from '../core/id.ts'
import type { Logger } from '../core/logger.ts'
import { type Head, headMark, type LogName } from '../core/run.ts'
import type { Counted, StoredRun, SyncEffect } from '../core/sync/state.ts'
import type { NodeParts } from './parts.ts'
import type { Receipts } from './receipts.ts'

type Heard = Omit<Extract<SyncEffect, { type: 'holds' }>, 'type'>
type HeardKey = `${DeviceId}/${ConversationId}`

export interface AcknowledgementsInit {
  /** Every device of this account: what they wrote is one's own. */
  readonly devices: ReadonlySet<DeviceId>
  readonly receipts: Pick<Receipts, 'holds' | 'proven'>
  readonly headOf: (log: LogName) => Head | undefined
  /** Whether the log on disk has the mark at a place before its head. */
  readonly hasMark: (log: LogName, seq: number, mark: Uint8Array) => Promise<boolean>
  readonly log: Logger
}

export interface AcknowledgementsHooks {
  /** @param unproven own devices of which the peer may hold other entries than these */
  holds(peer: DeviceId, id: ConversationId, clock: Clock, unproven: ReadonlySet<DeviceId>): void
  remember(peer: DeviceId, token: ResumeToken): void
  counted(peer: DeviceId, told: Counted | undefined, isKept: boolean): void
}

type Work = () => void | Promise<void>

interface Marked {
  readonly seq: number
  readonly mark: Uint8Array
}

export class Acknowledgements {
  private readonly init: AcknowledgementsInit
  private readonly hooks: AcknowledgementsHooks
  /** What came with clocks, of own logs, as long as it is not proven. */
  private readonly marks = new Map<HeardKey, Map<DeviceId, Marked>>()
  private readonly doubtful = new Map<HeardKey, Pick<Heard, 'peer' | 'conversation'>>()
  /** What waits until the disk was looked at, by its name: of each peer only the last word. */
  private readonly waiting = new Map<string, Work>()
  private running: Promise<void> | undefined

  constructor(init: AcknowledgementsInit, hooks: AcknowledgementsHooks) {
    this.init = init
    this.hooks = hooks
  }

  heard(heard: Heard): void {
    this.note(heard)
    const { unproven, unknown } = this.judge(heard)
    const { peer, conversation } = heard
    const name = `${peer}/${conversation}`
    if (unknown.length === 0) return this.inTurn(name, () => this.take(heard, unproven))
    this.inTurn(name, async () => {
      for (const [device, { seq, mark }] of unknown) {
        if (!(await this.init.hasMark({ conversation, device }, seq, mark))) unproven.add(device)
      }
      this.take(heard, unproven)
    })
  }

  /** The token stands for the clocks before it. */
  remember(peer: DeviceId, token: ResumeToken): void {
    this.inTurn(`${peer}/token`, () => this.hooks.remember(peer, token), true)
  }

  /** Own entries came back: what a peer said of them may be proven now. */
  stored(runs: readonly StoredRun[]): void {
    const back = runs.filter(({ run, from }) => from !== undefined && this.isOwn(run.device))
    const conversations = new Set(back.map(({ run }) => run.conversation))
    for (const { peer, conversation } of conversations.size > 0 ? this.doubtful.values() : []) {
      if (!conversations.has(conversation)) continue
      this.heard({ peer, conversation, clock: this.init.receipts.holds(peer, conversation) })
    }
  }

  /** Resolves when nothing waits. */
  async idle(): Promise<void> {
    while (this.running) await this.running
  }

  private isOwn(device: DeviceId): boolean {
    return this.init.devices.has(device)
  }

  private note({ peer, conversation, clock, marks }: Heard): void {
    const key: HeardKey = `${peer}/${conversation}`
    const noted = this.marks.get(key) ?? new Map<DeviceId, Marked>()
    for (const [device, mark] of marks ?? []) {
      if (!this.isOwn(device)) continue
      // Bytes of its own: the frame that it came in is not kept for it.
      noted.set(device, { seq: clock.get(device) ?? 0, mark: Uint8Array.from(mark) })
    }
    if (noted.size > 0) this.marks.set(key, noted)
  }

  /** What is certain at once, and what only the disk can tell. */
  private judge({ peer, conversation, clock }: Heard): {
    readonly unproven: Set<DeviceId>
    readonly unknown: readonly (readonly [DeviceId, Marked])[]
  } {
    const noted = this.marks.get(`${peer}/${conversation}`) ?? new Map<DeviceId, Marked>()
    const proven = this.init.receipts.proven(peer, conversation)
    const unproven = new Set<DeviceId>()
    const unknown: (readonly [DeviceId, Marked])[] = []
    for (const [device, marked] of noted) {
      const { seq, mark } = marked
      // Of what came without a mark only the number is known, as of what it sent itself.
      if (seq !== clock.get(device) || seq <= (proven.get(device) ?? 0)) continue
      const head = this.init.headOf({ conversation, device })
      if (!head || head.seq < seq) unproven.add(device)
      else if (head.seq > seq) unknown.push([device, marked])
      else if (Buffer.compare(headMark(head), mark) !== 0) unproven.add(device)
    }
    return { unproven, unknown }
  }

  private take({ peer, conversation, clock }: Heard, unproven: ReadonlySet<DeviceId>): void {
    const key: HeardKey = `${peer}/${conversation}`
    if (unproven.size > 0) this.doubtful.set(key, { peer, conversation })
    else if (!this.waiting.has(key)) {
      // What came since is not looked at yet.
      this.doubtful.delete(key)
      this.marks.delete(key)
    }
    this.hooks.holds(peer, conversation, clock, unproven)
  }

  /**
   * What a peer told so far, as it is counted.
   *
   * @param isKept whether what was counted last is kept
   */
  counted(peer: DeviceId, told: Counted | undefined, isKept: boolean): void {
    // Until all of it is kept too.
    if (this.running) this.hooks.counted(peer, undefined, isKept)
    const count = (): void =>
      this.hooks.counted(peer, this.waiting.size > 0 ? undefined : told, isKept)
    this.inTurn(`${peer}/counted`, count, true)
  }

  /**
   * At once where nothing waits.
   *
   * @param isLast whether it may come before nothing that waits, in the place of what it replaces
   */
  private inTurn(name: string, work: Work, isLast = false): void {
    if (!this.running) {
      const doing = work()
      if (doing) this.running = this.go(doing)
      return
    }
    if (isLast) this.waiting.delete(name)
    this.waiting.set(name, work)
  }

  /** Never rejects. */
  private async go(first: Promise<void>): Promise<void> {
    await first.catch((error: unknown) => this.failed(error))
    for (const [name, work] of this.waiting) {
      this.waiting.delete(name)
      try {
        await work()
      } catch (error) {
        this.failed(error)
      }
    }
    this.running = undefined
  }

  private failed(error: unknown): void {
    this.init.log.warn({ err: error }, 'a receipt was not taken')
  }
}

export function makeAcknowledgements(parts: NodeParts): Acknowledgements {
  const { announcer, forks, init, ledger, receipts, self } = parts
  return new Acknowledgements(
    {
      devices: self.devices,
      receipts,
      headOf: ({ conversation, device }) => ledger.conversation(conversation).get(device)?.head,
      hasMark: (log, seq, mark) => forks.hasMark(log, seq, mark),
      log: init.log,
    },
    {
      holds: (peer, id, ...told) => {
        announcer.holds(peer, id, ...told)
        parts.fellowship.heardHolds(peer, id)
      },
      remember: (peer, token) => receipts.setToken(peer, token),
      counted: (...counted) => receipts.setCounted(...counted),
    },
  )
}
