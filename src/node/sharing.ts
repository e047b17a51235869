// Which conversations this node exchanges with whom: the direct one where both hold each other as
// contacts, and the groups that both are in. The engine is told, and told again when it changes.
import type { AccountId, ConversationId } from '../core/id.ts'
import type { Session } from '../net/net.ts'
import { isHeld } from './contact-record.ts'
import type { NodeParts } from './parts.ts'

type Parts = Pick<
  NodeParts,
  'book' | 'fellowship' | 'groupKeys' | 'groups' | 'meetings' | 'receipts' | 'replicator' | 'talk'
>

export class Sharing {
  private readonly parts: Parts
  /** What the engine knows to be shared; undefined where it does not know of the session. */
  private readonly sessions = new Map<Session, ReadonlySet<ConversationId> | undefined>()

  constructor(parts: Parts) {
    this.parts = parts
  }

  /** A session begins. Contacts first have to say that they hold us too. */
  begin(session: Session): void {
    this.sessions.set(session, undefined)
    if (!this.isContact(session)) this.update(session, false)
  }

  /** They hold each other as contacts. */
  mutual(session: Session): void {
    this.update(session, false)
  }

  end(session: Session): void {
    this.sessions.delete(session)
  }

  /** Whether the engine hears what this session says. */
  hears(session: Session): boolean {
    // It shares a group with us, and does not hold us as a contact, or it would have said so.
    if (this.sessions.get(session) === undefined) this.update(session, false)
    return this.sessions.get(session) !== undefined
  }

  /** Groups changed. */
  refresh(): void {
    for (const [session, known] of this.sessions) {
      if (known || !this.isContact(session)) this.update(session, true)
    }
  }

  shares(session: Session, conversation: ConversationId): boolean {
    return this.sessions.get(session)?.has(conversation) === true
  }

  /** Sessions on which a conversation is exchanged. */
  sessionsOf(conversation: ConversationId): Session[] {
    return [...this.sessions].flatMap(([session, known]) =>
      known?.has(conversation) ? [session] : [],
    )
  }

  isOnline(account: AccountId): boolean {
    for (const [session, known] of this.sessions) {
      if (known && session.account === account) return true
    }
    return false
  }

  private isContact({ account }: Session): boolean {
    const record = this.parts.book.get(account)
    return record !== undefined && isHeld(record)
  }

  /** @param late the other side may have told before this, unheard */
  private update(session: Session, late: boolean): void {
    const { receipts, replicator } = this.parts
    const known = this.sessions.get(session)
    const wanted = this.sharedWith(session)
    if (known === undefined) {
      if (wanted.size === 0) return
      this.sessions.set(session, wanted)
      session.promote()
      const theirs = new Map([...wanted].map((id) => [id, receipts.holds(session.device, id)]))
      const token = receipts.token(session.device)
      replicator.connected(session, wanted, { theirs, token, late })
    } else if (!isSame(known, wanted)) {
      this.sessions.set(session, wanted)
      replicator.shared(session, wanted)
    } else return
    for (const id of wanted) if (!known?.has(id)) this.greet(session, id)
  }

  /** What the engine does not tell of a conversation that begins to be exchanged. */
  private greet(session: Session, id: ConversationId): void {
    const { fellowship, groupKeys, groups, talk } = this.parts
    talk.reading.meet(session, id)
    const member = groups.get(id)?.state.members.get(session.account)
    if (member?.isHere === false) fellowship.invite(session, id)
    else groupKeys.tell(session, id)
  }

  private sharedWith(session: Session): Set<ConversationId> {
    const { book, groups, meetings } = this.parts
    const { account, device, hello } = session
    const shared = new Set<ConversationId>()
    if (book.get(account)?.state === 'blocked') return shared
    if (meetings.isMutual(session)) shared.add(book.conversationWith(account))
    for (const id of groups.sharedWith(account)) {
      const list = groups.get(id)?.state.lists.get(account)
      const isOff = list && list.version >= hello.devices.version && !list.devices.includes(device)
      if (!isOff) shared.add(id)
    }
    return shared
  }
}

function isSame(a: ReadonlySet<unknown>, b: ReadonlySet<unknown>): boolean {
  return a.size === b.size && [...a].every((each) => b.has(each))
}
