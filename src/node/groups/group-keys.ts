// Groups whose new members read from their joining on (docs/PROTOCOL.md, "Groups with keys"):
// closes what is written there, gives members their keys, and takes those that members give.
import type { Entry } from '../../core/entry.ts'
import { TidingsError } from '../../core/errors.ts'
import type { GroupKeyFrame } from '../../core/frames.ts'
import { isGroupBody } from '../../core/group/bodies.ts'
import { founder } from '../../core/group/exchange.ts'
import { isDue, type KeptKey, leadTo, reviewed, withKey } from '../../core/group/kept-keys.ts'
import {
  GROUP_KEY_BYTES,
  type GroupKey,
  type KeyChain,
  type KeyCheck,
  keyCheck,
} from '../../core/group/keys.ts'
import type { GroupState } from '../../core/group/state.ts'
import type { AccountId, ConversationId, DeviceId } from '../../core/id.ts'
import { GROUP_EPOCH_MAX } from '../../core/limits.ts'
import type { LogName } from '../../core/run.ts'
import type { Session } from '../../net/net.ts'
import type { Batch, GroupKeysRecord } from '../../store/store.ts'
import { NONCE_BYTES } from '../../wire/closed-body.ts'
import { closedEntry } from '../../wire/closed-entry.ts'
import { encodeEntry } from '../../wire/entry.ts'
import type { NodeParts } from '../parts.ts'
import { assertStillIn } from './members.ts'
import { allNear } from './near-keys.ts'
import { deriveAnew } from './reopening.ts'

/** The first key of a group that is being made. */
export interface FirstKey {
  readonly keyCheck: Uint8Array
  /** Puts the key into the batch that makes the group. */
  put(batch: Batch, id: ConversationId): void
}

export class GroupKeys {
  private readonly parts: NodeParts
  private work: Promise<void> = Promise.resolve()
  /** Who told a key that was not looked at yet. */
  private readonly waiting = new Set<`${DeviceId}/${ConversationId}`>()

  constructor(parts: NodeParts) {
    this.parts = parts
  }

  /** What a stop left undone is done, before anything is read. */
  async load(): Promise<void> {
    for (const [id, { brief }] of this.parts.groups.all()) if (!brief) this.look(id)
    await this.work
  }

  /** Whether a group has keys; of one that the user is invited to the invitation tells. */
  isUsed(id: ConversationId): boolean {
    const group = this.parts.groups.get(id)
    if (!group || group.brief) return false
    if (founder(group.state)) return group.state.history === 'joining'
    return this.parts.init.store.keyring.chains(id).length > 0
  }

  /** Of a group that is about to be made. */
  first(): FirstKey {
    const key: GroupKey = { epoch: 0, key: this.parts.init.random(GROUP_KEY_BYTES) }
    return {
      keyCheck: keyCheck(key.key),
      put: (batch, id) => batch.put('group_key', id, { keys: [{ ...key, isProven: true }] }),
    }
  }

  /** A group that came to nothing. */
  async forget(id: ConversationId): Promise<void> {
    const { store } = this.parts.init
    if (!store.has('group_key', id)) return
    const batch = store.batch()
    batch.delete('group_key', id)
    await store.commit(batch)
  }

  /**
   * The bytes of an own entry, in a box where it belongs into one.
   *
   * @throws TidingsError `not_a_member`, `group_key_missing`, and as `encodeEntry`
   */
  encode(log: LogName, entry: Entry): Uint8Array {
    const { body } = entry
    const { conversation: id } = log
    const state = this.parts.groups.get(id)?.state
    if (state && !isGroupBody(body)) assertStillIn(id, this.parts.groups)
    if (state?.history !== 'joining') return encodeEntry(entry)
    if (body.kind === 'group_add') {
      const epoch = Math.min(this.newest(state) + 1, GROUP_EPOCH_MAX)
      const key = { epoch, check: keyCheck(this.keyAt(id, epoch)) }
      return encodeEntry({ ...entry, body: { ...body, key } })
    }
    if (isGroupBody(body) || body.kind === 'timer') return encodeEntry(entry)
    const epoch = this.newest(state)
    const key = this.chain(id)?.boxKey(epoch) ?? missing()
    return closedEntry(encodeEntry(entry), epoch, { log, key }, this.parts.init.random(NONCE_BYTES))
  }

  /** The key from which on a member reads, for an invitation; nothing for who is no member. */
  offer({ account }: Session, id: ConversationId): { readonly key?: GroupKey } {
    const { groups } = this.parts
    // One with keys has no brief.
    if (groups.get(id)?.brief) return {}
    const epoch = groups.get(id)?.state.members.get(account)?.key?.epoch
    if (epoch === undefined || !groups.isMember(id)) return {}
    const key = this.chain(id)?.key(epoch)
    return key ? { key: { epoch, key } } : {}
  }

  /** A group begins to be shared in a session: whoever has lost the key gets it back. */
  tell(session: Session, conversation: ConversationId): void {
    const { key } = this.offer(session, conversation)
    if (key) session.send({ type: 'group_key', conversation, ...key })
  }

  /** Resolves once a key that came with an invitation is on disk. */
  async invited(id: ConversationId, key: GroupKey | undefined): Promise<void> {
    if (key) await this.inTurn(() => this.take(id, key))
  }

  /** Never rejects. */
  heard(session: Session, { conversation, epoch, key }: GroupKeyFrame): void {
    const { book, groups, sharing } = this.parts
    const { record, state } = groups.get(conversation) ?? {}
    if (record?.state !== 'joined' && record?.state !== 'joining') return
    if (state && founder(state) && state.history === 'all') return
    if (book.get(session.account)?.state === 'blocked') return
    const grant = this.grant(conversation)
    // What cannot be checked yet is taken only of those who bring the group.
    if (grant ? this.chain(conversation)?.proves(grant) : !sharing.shares(session, conversation))
      return
    const told = `${session.device}/${conversation}` as const
    // Whoever tells the truth tells the same again.
    if (this.waiting.has(told)) return
    this.waiting.add(told)
    this.later(() => {
      this.waiting.delete(told)
      return this.take(conversation, { epoch, key })
    })
  }

  /** What the group consists of is something else than before. */
  changed(id: ConversationId, before: GroupState | undefined): void {
    const { groups, sharing } = this.parts
    const isHere = (state: GroupState | undefined, account: AccountId): boolean =>
      state?.members.get(account)?.isHere === true
    const state = groups.get(id)?.state
    // Who has just joined can check what it is told only now.
    for (const session of state?.history === 'joining' && before ? sharing.sessionsOf(id) : []) {
      const { account } = session
      if (isHere(state, account) && !isHere(before, account)) this.tell(session, id)
    }
    this.look(id)
  }

  /** Does what is due, later. */
  private look(id: ConversationId): void {
    const grant = this.grant(id)
    const { keys, isNew } = this.kept(id)
    if (isNew === true || (grant && isDue(keys, grant))) this.later(() => this.review(id))
  }

  /** Resolves when nothing of this is under way. */
  async idle(): Promise<void> {
    await this.work
  }

  private async take(id: ConversationId, told: GroupKey): Promise<void> {
    await allNear([told, ...this.kept(id).keys], this.grant(id)?.epoch)
    const { keys } = this.kept(id)
    const next = withKey(keys, told, this.grant(id))
    if (next === keys) return
    await this.keep(id, next)
    await this.review(id)
  }

  private async review(id: ConversationId): Promise<void> {
    await allNear(this.kept(id).keys, this.grant(id)?.epoch)
    const grant = this.grant(id)
    const { keys } = this.kept(id)
    const next = grant ? reviewed(keys, grant) : keys
    if (next !== keys) await this.keep(id, next)
    if (this.kept(id).isNew !== true) return
    await deriveAnew(this.parts, id)
    await this.write(id, { keys: this.kept(id).keys })
    this.parts.talk.announce(id)
  }

  /** With other keys what is here already reads in another way. */
  private keep(id: ConversationId, keys: readonly KeptKey[]): Promise<void> {
    const { keys: before, isNew = false } = this.kept(id)
    const isSame = keys.length === before.length && keys.every((key) => leadTo(before, key))
    const isEmpty = this.parts.ledger.conversation(id).size === 0
    const isNewNow = isNew || !(isSame || isEmpty)
    return this.write(id, { keys, ...(isNewNow && { isNew: true }) })
  }

  private async write(id: ConversationId, record: GroupKeysRecord): Promise<void> {
    const { store } = this.parts.init
    const batch = store.batch()
    batch.put('group_key', id, record)
    await store.commit(batch)
  }

  private kept(id: ConversationId): GroupKeysRecord {
    return this.parts.init.store.get('group_key', id) ?? { keys: [] }
  }

  /** By what the user's keys are known to be right, once that is here. */
  private grant(id: ConversationId): KeyCheck | undefined {
    const { groups, self } = this.parts
    return groups.get(id)?.state.members.get(self.account)?.key
  }

  /** What is written with: what others know to be right, if it is there. */
  private chain(id: ConversationId): KeyChain | undefined {
    const chains = this.parts.init.store.keyring.chains(id)
    const grant = this.grant(id)
    return (grant && chains.find((chain) => chain.proves(grant))) ?? chains[0]
  }

  /** Of what is written now. Of two who were added at once one may have the later key. */
  private newest(state: GroupState): number {
    return Math.max(state.epoch, this.chain(state.id)?.first.epoch ?? 0)
  }

  private keyAt(id: ConversationId, epoch: number): Uint8Array {
    return this.chain(id)?.key(epoch) ?? missing()
  }

  private later(work: () => Promise<void>): void {
    this.inTurn(work).catch((error: unknown) => {
      this.parts.init.log.error({ err: error }, 'the keys of a group could not be handled')
    })
  }

  private inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.work.then(work)
    this.work = done.catch(() => {})
    return done
  }
}

function missing(): never {
  const words =
    'the key of this group is not here; it comes back once a member who has it is online'
  throw new TidingsError('group_key_missing', words)
}
