// Which conversations this node exchanges with whom: the direct one where both hold each other as
// contacts, and the groups that both are in. Of its groups it hears whoever shows that they may be
// members without its knowing. The engine is told, and told again when it changes.
import type { Clock } from '../core/clock.ts'
import { mayNotKnow } from '../core/group/exchange.ts'
import type { AccountId, ConversationId, DeviceId } from '../core/id.ts'
import { digestOf } from '../core/sync/digest.ts'
import { addTo, type Digest, noDigest } from '../core/sync/log-digest.ts'
import { changedAfter } from '../core/sync/recency.ts'
import type { Session } from '../net/net.ts'
import type { NodeParts } from './parts.ts'
import { isHeld } from './people/contact-record.ts'
import type { Exchanged } from './replicator-hooks.ts'
import { knownBy } from './resuming.ts'

type Parts = Pick<
  NodeParts,
  | 'book'
  | 'fellowship'
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
  claimed(session: Session, id: ConversationId): void {
    const known = this.sessions.get(session)
    if (known) this.reconsider(session, known, id)
    else if (this.sessions.has(session)) this.update(session, true, true)
  }

  /** A group changed. */
  refresh(id: ConversationId): void {
    for (const [session, known] of this.sessions) {
      if (known) this.reconsider(session, known, id)
      else if (!this.isContact(session)) this.update(session, true)
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
    const { book, replicator, vouching } = this.parts
    const known = this.sessions.get(session)
    const { shared, held } = this.sharedWith(session)
    const isBlocked = book.get(session.account)?.state === 'blocked'
    const others = isBlocked ? [] : vouching.heardOf(session)
    const isMore = others.some((id) => !shared.has(id))
    const heard = isMore ? new Set([...shared, ...others]) : shared
    const exchanged = { shared, heard }
    if (known === undefined) {
      if ((speaks ? heard : shared).size > 0) this.open(session, exchanged, { held, late })
    } else if (!isSame(known.shared, shared) || !isSame(known.heard, heard)) {
      this.sessions.set(session, exchanged)
      replicator.shared(session, exchanged)
      for (const id of shared) if (!known.shared.has(id)) this.welcome(session, id)
    }
  }

  /** The engine hears of a session. */
  private open(
    session: Session,
    exchanged: Exchanged,
    { held, late }: { readonly held: Digest; readonly late: boolean },
  ): void {
    const { book, fellowship, groups, init, receipts, replicator, talk } = this.parts
    const { account, device } = session
    const { shared } = exchanged
    this.sessions.set(session, exchanged)
    session.promote()
    const knows = knownBy(init.store, session)
    const changed = knows === undefined ? [] : changedAfter(replicator.current, knows)
    // Before the token that stands for it. Of what changed, too: who is in it may be new there; and
    // of a direct conversation, since the token may be of a time at which two shared groups only.
    const read = [...talk.reading.untold(session, knows), ...changed]
    for (const id of new Set([...read, book.conversationWith(account)])) {
      if (shared.has(id)) talk.reading.meet(session, id)
    }
    // They may have been more than a session takes.
    if (!this.sessions.has(session)) return
    const get = (id: ConversationId): Clock | undefined =>
      this.isNoted(id, device) ? receipts.holds(device, id) : undefined
    const [token, counted] = [receipts.token(device), receipts.counted(device)]
    replicator.connected(session, exchanged, { theirs: { get }, held, token, counted, late })
    const unsure = groups.index.unsureWith(account, device)
    for (const id of knows === undefined ? shared : new Set([...changed, ...unsure])) {
      if (shared.has(id)) this.greet(session, id, knows)
    }
    for (const id of exchanged.heard) if (!shared.has(id)) fellowship.partings.met(session, id)
  }

  /** The same, where nothing but one group may be exchanged in another way. */
  private reconsider(session: Session, known: Exchanged, id: ConversationId): void {
    const { book, fellowship, groups, replicator, vouching } = this.parts
    const { account, device, hello } = session
    const isBlocked = book.get(account)?.state === 'blocked'
    const isOff = isBlocked || groups.isOff(id, device, hello.devices)
    const isShared = !isOff && groups.index.groupsWith(account).has(id)
    const isHeard = isShared || (!isBlocked && vouching.hears(session, id))
    if (isShared === known.shared.has(id) && isHeard === known.heard.has(id)) return
    const shared = withMember(known.shared, id, isShared)
    const heard = known.heard === known.shared && isHeard === isShared ? shared : undefined
    const exchanged = { shared, heard: heard ?? withMember(known.heard, id, isHeard) }
    this.sessions.set(session, exchanged)
    replicator.shared(session, exchanged)
    if (isShared && !known.shared.has(id)) this.welcome(session, id)
    if (isHeard && !isShared) fellowship.partings.met(session, id)
  }

  /** A conversation begins to be exchanged in the midst of a session. */
  private welcome(session: Session, id: ConversationId): void {
    this.parts.talk.reading.meet(session, id)
    this.greet(session, id, knownBy(this.parts.init.store, session))
  }

  /**
   * What the engine does not tell of a conversation that begins to be exchanged.
   *
   * @param knows up to which position of this database the peer knows it
   */
  private greet(session: Session, id: ConversationId, knows: number | undefined): void {
    const { groupKeys, groups, ledger, vouching } = this.parts
    const { account, device } = session
    const group = groups.get(id)
    if (!group) return
    const saidAt = ledger.conversation(id).get(device)?.changedAt
    if (mayNotKnow(group.face, account, knows, saidAt)) vouching.invite(session, id)
    if (knows === undefined || !group.brief?.knownBy.has(device)) vouching.begin(session, id, knows)
    // Who is not here yet has the key from the invitation.
    if (group.face.members.get(account)?.isHere) groupKeys.tell(session, id)
  }

  private sharedWith(session: Session): { readonly shared: Set<ConversationId>; held: Digest } {
    const { book, groups, meetings, replicator } = this.parts
    const { account, device, hello } = session
    if (book.get(account)?.state === 'blocked') return { shared: new Set(), held: noDigest() }
    const shared = new Set(groups.index.groupsWith(account))
    const held = groups.index.heldWith(account).slice()
    const direct = book.conversationWith(account)
    if (meetings.isMutual(session)) {
      shared.add(direct)
      addTo(held, digestOf(replicator.current, direct))
    }
    for (const id of groups.offFor(device, hello.devices)) {
      if (shared.delete(id)) addTo(held, digestOf(replicator.current, id))
    }
    return { shared, held }
  }
}

function withMember<T>(set: ReadonlySet<T>, member: T, isIn: boolean): ReadonlySet<T> {
  const next = new Set(set)
  if (isIn) next.add(member)
  else next.delete(member)
  return next
}

function isSame(a: ReadonlySet<unknown>, b: ReadonlySet<unknown>): boolean {
  return a.size === b.size && [...a].every((each) => b.has(each))
}
