// Whose name a name imitates: that of a contact, or one's own, carried by another account. Somebody
// who lost their profile and comes back under a new key is seen by the same rule. Nothing is
// refused for it, people do share names; it is told wherever such a name shows.
import type { AccountId } from '../../core/id.ts'
import { shareOne, type Skeletons, skeletons } from '../../core/look-alikes.ts'
import type { ContactRecord } from '../../store/store.ts'
import { isHeld } from './contact-record.ts'

/** Stands for oneself, as in what `sync` reports. */
const SELF = 'you'
const SKELETONS_KEPT = 2048

export interface ImitationsInit {
  readonly me: AccountId
  readonly myName: () => string
}

export class Imitations {
  private readonly init: ImitationsInit
  private readonly known = new Map<string, Skeletons>()
  /** The contacts by what their names look like: a crowd of nodes nearby costs one look each. */
  private readonly bySkeleton = new Map<string, Map<AccountId, ContactRecord>>()

  constructor(init: ImitationsInit) {
    this.init = init
  }

  /** Takes over what is known of somebody now in place of what was. */
  update(before: ContactRecord | undefined, now: ContactRecord): void {
    for (const skeleton of before ? looksOf(before) : []) {
      const records = this.bySkeleton.get(skeleton)
      records?.delete(now.account)
      if (records?.size === 0) this.bySkeleton.delete(skeleton)
    }
    for (const skeleton of looksOf(now)) {
      const records = this.bySkeleton.get(skeleton) ?? new Map<AccountId, ContactRecord>()
      this.bySkeleton.set(skeleton, records.set(now.account, now))
    }
  }

  /**
   * Who is imitated by somebody of this name: the contact as it is shown, or "you". An account that
   * is not known is somebody else's.
   */
  by(name: string, account: AccountId | undefined): string | undefined {
    return this.find(name, account, () => true)
  }

  /**
   * Who is imitated by somebody known. Of a contact counts what the user sees, of both: an alias
   * tells two apart. Somebody who was only asked is not imitated by a friend.
   */
  byContact(record: ContactRecord): string | undefined {
    if (!isHeld(record)) return this.by(record.name, record.account)
    const isRival = (other: ContactRecord): boolean =>
      this.areAlike(shownName(other), shownName(record)) &&
      (other.state === 'friend' || record.state !== 'friend')
    return this.find(shownName(record), record.account, isRival)
  }

  private find(
    name: string,
    account: AccountId | undefined,
    isRival: (other: ContactRecord) => boolean,
  ): string | undefined {
    const { me, myName } = this.init
    if (name === '' || account === me) return undefined
    for (const skeleton of this.skeletons(name)) {
      for (const other of this.bySkeleton.get(skeleton)?.values() ?? []) {
        if (other.account !== account && isRival(other)) return shownName(other)
      }
    }
    return this.areAlike(name, myName()) ? SELF : undefined
  }

  private areAlike(a: string, b: string): boolean {
    return shareOne(this.skeletons(a), this.skeletons(b))
  }

  /** Every list of contacts asks for those of all. */
  private skeletons(name: string): Skeletons {
    let known = this.known.get(name)
    if (!known) {
      if (this.known.size >= SKELETONS_KEPT) this.known.clear()
      known = skeletons(name)
      this.known.set(name, known)
    }
    return known
  }
}

function shownName({ alias, name }: ContactRecord): string {
  return alias || name
}

/** Only who is held can be imitated: a stranger's name protects nobody. */
function looksOf(record: ContactRecord): Set<string> {
  const names = isHeld(record) ? [record.name, record.alias] : []
  return new Set(names.filter((name) => name !== '').flatMap((name) => skeletons(name)))
}
