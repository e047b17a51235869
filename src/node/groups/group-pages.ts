// Briefs of groups: what has to be known of each before anybody looks at it, many in one record, so
// that a start costs little for each group, and does not read what it consists of. A page holds
// the groups whose ids begin with the same two characters. Whatever changes one of them marks the
// page as stale in the same batch (store/batch), and it is made anew from what is on disk.
import type { EntryRef } from '../../core/entry.ts'
import type { GroupFace, GroupState } from '../../core/group/state.ts'
import type { AccountId, ConversationId, DeviceId } from '../../core/id.ts'
import { BRIEF_ENTRIES_MAX } from '../../core/limits.ts'
import type { GroupPageRecord, GroupRecord } from '../../store/store.ts'
import { type Cast, type CastReader, CastWriter } from './group-cast.ts'

/** Of how pages are made: others are made anew. */
const VERSION = 1
const PLAIN: ReadonlySet<string> = new Set<keyof GroupRecord>([
  'conversation',
  'state',
  'name',
  'invitedBy',
  'roots',
  'vouchers',
])

export interface GroupBrief extends GroupFace {
  readonly cast: Cast
  /** What it consists of. */
  readonly entries: readonly EntryRef[]
  /** Its user, as they are called when the page was made, said there that they are here. */
  readonly hasSaidHere: boolean
  /** Devices that are known to know that its user is in it. */
  readonly knownBy: ReadonlySet<DeviceId>
  /** Its record has vouchers, which are not in the page. */
  readonly isVouched: boolean
}

/** A group as a page is made of it. */
export interface PageGroup {
  readonly record: GroupRecord
  readonly state: GroupState
  readonly writers: ReadonlyMap<DeviceId, AccountId>
  readonly entries: readonly EntryRef[]
  readonly hasSaidHere: boolean
  readonly knownBy: readonly DeviceId[]
}

/** What stands in a page. */
export interface PageContents {
  readonly briefs: readonly (readonly [GroupRecord, GroupBrief])[]
  /** Groups of the page that have no brief. */
  readonly others: readonly ConversationId[]
}

/** Whether there is no more to a group than its brief says, as long as nobody looks at it. */
export function isBrief(me: AccountId, { record, state, entries }: PageGroup): boolean {
  return (
    record.state === 'joined' &&
    state.members.has(me) &&
    state.history === 'all' &&
    entries.length <= BRIEF_ENTRIES_MAX &&
    Object.keys(record).every((key) => PLAIN.has(key))
  )
}

export function writePage(
  me: AccountId,
  self: string,
  groups: readonly PageGroup[],
): GroupPageRecord {
  const table = new CastWriter()
  const briefs = groups.filter((group) => isBrief(me, group))
  const others = groups.filter((group) => !isBrief(me, group))
  return {
    version: VERSION,
    self,
    groups: briefs.map(({ record, state, writers, entries, hasSaidHere, knownBy }) => ({
      id: record.conversation,
      name: record.name,
      ...(record.invitedBy && { invitedBy: table.of(record.invitedBy) }),
      roots: record.roots.map(
        ([device, account]) => [table.of(device), table.of(account)] as const,
      ),
      title: state.name,
      topic: state.topic,
      ...(state.open && { open: true }),
      cast: table.cast(state, writers),
      entries: entries.flatMap(({ device, seq }) => [table.of(device), seq]),
      ...(hasSaidHere && { said: true }),
      ...(record.vouchers && { vouched: true }),
      knownBy: knownBy.map((device) => table.of(device)),
    })),
    others: others.map(({ record }) => record.conversation),
    ids: table.ids,
    casts: table.casts,
  }
}

/**
 * @param self what its user is called: what was said under another name does not count
 * @returns undefined for a page of another version
 */
export function readPage(
  page: GroupPageRecord,
  self: string,
  reader: CastReader,
): PageContents | undefined {
  if (page.version !== VERSION) return undefined
  const ids = page.ids.map((id) => reader.id(id))
  const idAt = (index: number): string => ids[index] ?? ''
  const casts = page.casts.map((cast) => reader.cast(cast, ids))
  const briefs = page.groups.flatMap((group): (readonly [GroupRecord, GroupBrief])[] => {
    const { id, name, invitedBy, title, topic, open = false, said = false } = group
    const isVouched = group.vouched === true
    const cast = casts[group.cast]
    if (!cast) return []
    const record = {
      conversation: id,
      state: 'joined',
      name,
      invitedBy: invitedBy === undefined ? undefined : (idAt(invitedBy) as AccountId),
      roots: group.roots.map(
        ([device, account]) => [idAt(device) as DeviceId, idAt(account) as AccountId] as const,
      ),
    } as const
    const { members, names, lists } = cast
    const shown = { name: title, topic, open, members, names, lists, cast }
    const hasSaidHere = said && page.self === self
    const knownBy = reader.devices(group.knownBy.map((index) => idAt(index) as DeviceId))
    return [
      [
        record,
        { ...shown, entries: entriesOf(group.entries, idAt), hasSaidHere, knownBy, isVouched },
      ],
    ]
  })
  return { briefs, others: page.others }
}

function entriesOf(flat: readonly number[], idAt: (index: number) => string): EntryRef[] {
  const entries: EntryRef[] = []
  for (let i = 0; i < flat.length; i += 2) {
    entries.push({ device: idAt(flat[i] ?? -1) as DeviceId, seq: flat[i + 1] ?? 0 })
  }
  return entries
}
