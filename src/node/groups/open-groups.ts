// Open groups nearby: every node on the network is asked which it is in, and one of their members
// is asked to add the user.
import { TidingsError } from '../../core/errors.ts'
import type { OpenGroup } from '../../core/frames.ts'
import type { ConversationId, DeviceId } from '../../core/id.ts'
import { GROUP_ASK_MS, GROUPS_PER_FRAME_MAX, NEARBY_ASKED_MAX } from '../../core/limits.ts'
import type { Session } from '../../net/net.ts'
import type { NodeParts } from '../parts.ts'
import { nameOfGroup } from './group-names.ts'
import type { NearbyGroupView } from './group-types.ts'

type Listener = (session: Session, groups: readonly OpenGroup[]) => void

export class OpenGroups {
  private readonly parts: Pick<NodeParts, 'bus' | 'fellowship' | 'groups' | 'net'>
  private readonly asking = new Set<Listener>()

  constructor(parts: OpenGroups['parts']) {
    this.parts = parts
  }

  /** Open groups that nodes nearby are in. */
  async nearby(signal: AbortSignal): Promise<NearbyGroupView[]> {
    const { net } = this.parts
    const limit = AbortSignal.any([signal, AbortSignal.timeout(GROUP_ASK_MS)])
    const found: NearbyGroupView[] = []
    const waiting = new Set<DeviceId>()
    const done = Promise.withResolvers<void>()
    const finish = (device: DeviceId): void => {
      waiting.delete(device)
      if (waiting.size === 0) done.resolve()
    }
    const listener: Listener = ({ account, device, hello }, groups) => {
      if (!waiting.has(device)) return
      for (const group of groups) found.push({ ...group, account, from: hello.name, device })
      finish(device)
    }
    this.asking.add(listener)
    limit.addEventListener('abort', () => done.resolve())
    try {
      const nodes = net.nearby().slice(0, NEARBY_ASKED_MAX)
      for (const { device } of nodes) waiting.add(device)
      if (nodes.length === 0) return []
      for (const { device, addresses } of nodes) {
        net.reach({ device, addresses }, limit).then(
          (session) => void session.send({ type: 'groups_wanted' }),
          () => finish(device),
        )
      }
      await done.promise
    } finally {
      this.asking.delete(listener)
    }
    const groups = new Map(found.map((group) => [`${group.conversation}/${group.account}`, group]))
    return [...groups.values()]
  }

  heard(session: Session, groups: readonly OpenGroup[]): void {
    for (const listener of this.asking) listener(session, groups)
  }

  /** Tells a node which groups anybody may join. */
  tell(session: Session): void {
    const { groups } = this.parts
    const open = [...groups.all()].flatMap(([conversation, group]) => {
      if (!groups.isMember(conversation) || !group.face.open) return []
      const { topic, members } = group.face
      return [{ conversation, name: nameOfGroup(group), topic, members: members.size }]
    })
    session.send({ type: 'groups', groups: open.slice(0, GROUPS_PER_FRAME_MAX) })
  }

  /**
   * Asks to be added to an open group, by its name or id.
   *
   * @returns its id, undefined when there is none nearby
   * @throws TidingsError `ambiguous_name`, `unreachable`
   */
  async join(group: string, signal: AbortSignal): Promise<ConversationId | undefined> {
    const wanted = group.replace(/^#/, '').normalize('NFC').toLowerCase()
    const matches = (await this.nearby(signal)).filter(
      ({ conversation, name }) =>
        conversation === wanted || name.normalize('NFC').toLowerCase() === wanted,
    )
    const ids = new Set(matches.map(({ conversation }) => conversation))
    const [id] = ids
    if (!id) return undefined
    if (ids.size > 1) {
      const list = matches.map((each) => `${each.name} ${each.conversation.slice(0, 8)}`).join(', ')
      throw new TidingsError('ambiguous_name', `several groups are called so: ${list}; use the id`)
    }
    await this.enter(id, matches, signal)
    return id
  }

  private async enter(
    id: ConversationId,
    matches: readonly NearbyGroupView[],
    signal: AbortSignal,
  ): Promise<void> {
    const { bus, fellowship, groups, net } = this.parts
    const limit = AbortSignal.any([signal, AbortSignal.timeout(GROUP_ASK_MS)])
    const joined = Promise.withResolvers<void>()
    const stop = bus.listen(
      ({ event }) => {
        if (event.type === 'group' && event.group.conversation === id) joined.resolve()
      },
      { only: 'group' },
    )
    limit.addEventListener('abort', () => joined.resolve())
    try {
      for (const { device } of matches) {
        const session = net.session(device)
        if (session) fellowship.ask(session, id)
      }
      await joined.promise
    } finally {
      stop()
    }
    const state = groups.get(id)?.record.state
    const isTaken = groups.isMember(id) || state === 'joining' || state === 'invited'
    if (!isTaken)
      throw new TidingsError('unreachable', 'nobody of this group let you in; try again')
  }
}
