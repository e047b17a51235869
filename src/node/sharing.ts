// Which conversations this node exchanges with whom: the direct one where both hold each other as
// contacts, and the groups that both are in. Of its groups it hears whoever shows that they may be
// members without its knowing. The engine is told, and told again when it changes.
import { isOffList, mayNotKnow } from '../core/group/exchange.ts'
import type { AccountId, ConversationId, DeviceId } from '../core/id.ts'
import type { Session } from '../net/net.ts'
import type { NodeParts } from './parts.ts'
import { isHeld } from './people/contact-record.ts'
import type { Exchanged } from './replicator-hooks.ts'
import { knownBy } from './resuming.ts'

type Parts = Pick<
  NodeParts,
  | 'book'
  | 'groupKeys'
  | 'groups'
  | 'init'
  | 'ledger'
  | 'meetings'
  | 'receipts'
  | 'replicator'
  | 'talk'
  | 'vouching'
>

export class Sharing {
  private readonly parts: Parts
  /** As the engine knows it; undefined where it does not know of the session. */
  private readonly sessions = new Map<Session, Exchanged | undefined>()

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
    this.parts.vouching.end(session)
  }

  /** Whether the engine hears what this session says. */
  hears(session: Session): boolean {
    // It shares a group with us, and does not hold us as a contact, or it would have said so.
    if (this.sessions.get(session) === undefined) this.update(session, false, true)
    return this.sessions.get(session) !== undefined
  }

  /** One who is perhaps no contact showed that they may be in a group of ours. */
  claimed(session: Session): void {
    if (this.sessions.has(session)) this.update(session, true, true)
  }

  /** Groups changed. */
  refresh(): void {
    for (const [session, known] of this.sessions) {
      if (known || !this.isContact(session)) this.update(session, true)
    }
  }

  shares(session: Session, conversation: ConversationId): boolean {
    return this.sessions.get(session)?.shared.has(conversation) === true
  }

  /**
   * Whether it is kept what a device tells that it holds. Of groups strangers may be heard too, who
   * show that they know them: there is no end of these, and what they bring is enough.
   */
  isNoted(conversation: ConversationId, device: DeviceId): boolean {
    const { groups } = this.parts
    return !groups.get(conversation) || groups.writers(conversation).has(device)
  }

  /** Everybody who is there. */
  all(): Iterable<Session> {
    return this.sessions.keys()
  }

  /** Sessions on which anything is exchanged. */
  *active(): Iterable<Session> {
    for (const [session, known] of this.sessions) if (known) yield session
  }

  /** Sessions on which a conversation is exchanged. */
  sessionsOf(conversation: ConversationId): Session[] {
    return [...this.sessions].flatMap(([session, known]) =>
      known?.shared.has(conversation) ? [session] : [],
    )
  }

  isOnline(account: AccountId): boolean {
    for (const session of this.active()) if (session.account === account) return true
    return false
  }

  private isContact({ account }: Session): boolean {
    const record = this.parts.book.get(account)
    return record !== undefined && isHeld(record)
  }

  /**
   * @param late the other side may have told before this, unheard
   * @param speaks it has something to say: it is heard, also where it is told nothing
   */
  private update(session: Session, late: boolean, speaks = false): void {
    const { book, receipts, replicator, vouching } = this.parts
    const known = this.sessions.get(session)
    const shared = this.sharedWith(session)
    const isBlocked = book.get(session.account)?.state === 'blocked'
    const heard = new Set([...shared, ...(isBlocked ? [] : vouching.heardOf(session))])
    const exchanged = { shared, heard }
    if (known === undefined) {
      if ((speaks ? heard : shared).size === 0) return
      this.sessions.set(session, exchanged)
      session.promote()
      const noted = [...heard].filter((id) => this.isNoted(id, session.device))
      const theirs = new Map(noted.map((id) => [id, receipts.holds(session.device, id)]))
      const token = receipts.token(session.device)
      replicator.connected(session, exchanged, { theirs, token, late })
    } else if (!isSame(known.shared, shared) || !isSame(known.heard, heard)) {
      this.sessions.set(session, exchanged)
      replicator.shared(session, exchanged)
    } else return
    for (const id of shared) if (!known?.shared.has(id)) this.greet(session, id)
  }

  /** What the engine does not tell of a conversation that begins to be exchanged. */
  private greet(session: Session, id: ConversationId): void {
    const { groupKeys, groups, init, ledger, talk, vouching } = this.parts
    talk.reading.meet(session, id)
    const group = groups.get(id)
    if (!group) return
    const saidAt = ledger.conversation(id).get(session.device)?.changedAt
    const knows = knownBy(init.store, session)
    if (mayNotKnow(group.state, session.account, knows, saidAt)) vouching.invite(session, id)
    vouching.begin(session, id, knows)
    // Who is not here yet has the key from the invitation.
    if (group.state.members.get(session.account)?.isHere) groupKeys.tell(session, id)
  }

  private sharedWith(session: Session): Set<ConversationId> {
    const { book, groups, meetings } = this.parts
    const { account, device, hello } = session
    const shared = new Set<ConversationId>()
    if (book.get(account)?.state === 'blocked') return shared
    if (meetings.isMutual(session)) shared.add(book.conversationWith(account))
    for (const id of groups.sharedWith(account)) {
      const group = groups.get(id)
      if (group && !isOffList(group.state, device, hello.devices)) shared.add(id)
    }
    return shared
  }
}

function isSame(a: ReadonlySet<unknown>, b: ReadonlySet<unknown>): boolean {
  return a.size === b.size && [...a].every((each) => b.has(each))
}
