// The contract of the node, as far as it is about groups.
import type { AccountId, ConversationId, DeviceId } from '../../core/id.ts'

export interface GroupView {
  readonly conversation: ConversationId
  readonly name: string
  readonly topic: string
  /** Anybody nearby may join. */
  readonly open: boolean
  /** What new members read: all, or only what is written from their joining on. */
  readonly history: 'all' | 'joining'
  readonly state: 'invited' | 'joining' | 'joined' | 'left' | 'removed'
  /** The user's own; undefined for one who is not in it. */
  readonly role: 'admin' | 'member' | undefined
  /** As far as this node knows, the user included. */
  readonly members: number
  /** Other members that this node has a session with. */
  readonly online: number
  readonly invitedBy: string | undefined
}

export interface GroupMemberView {
  readonly account: AccountId
  readonly name: string
  readonly role: 'admin' | 'member'
  readonly you: boolean
  readonly online: boolean
  /** Has joined; otherwise was only added. */
  readonly joined: boolean
  /** What it reads; nothing where whoever added it named no key. */
  readonly reads: 'all' | 'joining' | 'nothing'
  /** The contact whose name this one's looks like, as shown, or "you". */
  readonly imitates: string | undefined
}

/** An open group that somebody nearby is in. */
export interface NearbyGroupView {
  readonly conversation: ConversationId
  readonly name: string
  readonly topic: string
  readonly members: number
  readonly account: AccountId
  /** What that node calls itself. */
  readonly from: string
  readonly device: DeviceId
}

/** What can be done with groups: `group` is `#name`, a name, or an id. */
export interface NodeGroups {
  list(): GroupView[]
  create(
    name: string,
    options: { topic?: string; open?: boolean; history?: 'all' | 'joining' },
  ): Promise<GroupView>
  invite(group: string, who: string): Promise<GroupView>
  /** Takes an invitation, or asks to be let into an open group nearby. */
  join(group: string, signal: AbortSignal): Promise<GroupView>
  /** Turns an invitation down, or leaves. */
  leave(group: string): Promise<GroupView>
  remove(group: string, who: string): Promise<GroupView>
  promote(group: string, who: string): Promise<GroupView>
  demote(group: string, who: string): Promise<GroupView>
  change(group: string, info: { name?: string; topic?: string; open?: boolean }): Promise<GroupView>
  members(group: string): GroupMemberView[]
  /** Open groups that nodes nearby are in. */
  nearby(signal: AbortSignal): Promise<NearbyGroupView[]>
}
