// Who left a group on one device. Members tell them nothing more, so that other devices of theirs,
// which do not talk to each other, would take themselves for members for ever. A member that meets
// such a device brings it what it needs to know better: what there was of the group when they left,
// and nothing that anybody wrote who knew of that (docs/PROTOCOL.md, "What is shared").
import type { Clock } from '../../core/clock.ts'
import type { Place } from '../../core/entry.ts'
import { partingOf } from '../../core/group/vouchers.ts'
import type { ConversationId, DeviceId } from '../../core/id.ts'
import { PARTING_TRIES_MAX } from '../../core/limits.ts'
import { lastSeq } from '../../core/run.ts'
import { framed } from '../../core/sync/clock-frames.ts'
import type { Session } from '../../net/net.ts'
import { logicalOf } from '../ledger/order-reader.ts'
import type { NodeParts } from '../parts.ts'

/** What a device was brought of a group in a session. */
interface Brought {
  /** How many entries it had then. */
  readonly held: number
  readonly tries: number
}

type Parts = Pick<
  NodeParts,
  'groups' | 'init' | 'ledger' | 'receipts' | 'replicator' | 'sharing' | 'vouching'
>

export class Partings {
  private readonly parts: Parts
  private readonly brought = new WeakMap<Session, Map<ConversationId, Brought>>()
  /** Groups that are looked at once what is being brought has left. */
  private readonly waiting = new WeakMap<Session, Set<ConversationId>>()

  constructor(parts: Parts) {
    this.parts = parts
  }

  /** A device told what it holds of a group. */
  heardHolds(device: DeviceId, id: ConversationId): void {
    for (const session of this.parts.sharing.active()) {
      if (session.device === device) this.met(session, id)
    }
  }

  /** A peer is heard of a group, and told nothing of it. */
  met(session: Session, id: ConversationId): void {
    if (!this.parting(session, id)) return
    const known = this.waiting.get(session)
    const waiting = known ?? new Set<ConversationId>()
    waiting.add(id)
    if (known) return
    this.waiting.set(session, waiting)
    this.work(session, waiting).catch((error: unknown) => {
      // The session ended: it is brought when they meet again.
      this.parts.init.log.debug({ err: error }, 'a device was not told that its account left')
    })
  }

  /** The entry by which the account of a peer left, if it may not know of that. */
  private parting(session: Session, id: ConversationId): Place | undefined {
    const { groups, sharing, vouching } = this.parts
    const { state } = groups.get(id) ?? {}
    if (!state || !groups.isMember(id) || sharing.shares(session, id)) return undefined
    return vouching.hears(session, id) ? partingOf(session.account, state) : undefined
  }

  private async work(session: Session, waiting: Set<ConversationId>): Promise<void> {
    for (const id of waiting) {
      waiting.delete(id)
      const end = this.parting(session, id)
      const held = this.parts.receipts.holds(session.device, id)
      if (end && this.isOther(session, id, held) && (await this.bring(session, id, end, held))) {
        this.note(session, id, held)
      }
    }
    this.waiting.delete(session)
  }

  /**
   * Whether it holds something else than when it was brought something: of somebody whom it did not
   * know it took nothing then. Less is held by a database that was put back. One that told nothing
   * yet will, or knows that it is in the group no more.
   */
  private isOther(session: Session, id: ConversationId, held: Clock): boolean {
    const { held: before, tries } = this.before(session, id)
    return countOf(held) !== before && tries < PARTING_TRIES_MAX
  }

  /** Something was brought. */
  private note(session: Session, id: ConversationId, held: Clock): void {
    const known = this.brought.get(session) ?? new Map<ConversationId, Brought>()
    const { tries } = this.before(session, id)
    this.brought.set(session, known.set(id, { held: countOf(held), tries: tries + 1 }))
  }

  private before(session: Session, id: ConversationId): Brought {
    return this.brought.get(session)?.get(id) ?? { held: 0, tries: 0 }
  }

  /** @returns whether there was anything to bring */
  private async bring(
    session: Session,
    id: ConversationId,
    end: Place,
    held: Clock,
  ): Promise<boolean> {
    const { init, ledger, replicator } = this.parts
    const told = new Map<DeviceId, number>()
    let isMore = false
    replicator.note({ type: 'seen', conversation: id })
    for (const device of ledger.conversation(id).keys()) {
      const last = this.lastBefore(id, device, end)
      let seq = Math.min(held.get(device) ?? 0, last)
      while (seq < last) {
        await session.drained()
        const run = await init.store.readPage(id, device, seq + 1, last)
        if (!run || lastSeq(run) > last) break
        session.send({ type: 'run', run })
        isMore = true
        seq = lastSeq(run)
      }
      if (seq > 0) told.set(device, seq)
    }
    if (!isMore) return false
    // So that it knows that a member has all of that, and is done with the group.
    for (const clocks of framed([{ conversation: id, seqs: told }])) {
      session.send({ type: 'clocks', reset: false, clocks })
    }
    return true
  }

  /** The last entry of a log whose author cannot have known of another one, or that one. */
  private lastBefore(id: ConversationId, device: DeviceId, end: Place): number {
    const { init, ledger } = this.parts
    let low = 0
    let high = ledger.conversation(id).get(device)?.order.shown ?? 0
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if (logicalOf(init.store, id, device, middle) <= end.logical) low = middle
      else high = middle - 1
    }
    return low
  }
}

function countOf(clock: Clock): number {
  let count = 0
  for (const seq of clock.values()) count += seq
  return count
}
