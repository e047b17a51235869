// Who is in a group and who writes there. Groups of the same people share it in memory and on disk:
// with ten thousand groups it is most of what has to be known of them.
import type { FaceMember, GroupFace } from '../../core/group/state.ts'
import type { AccountId, DeviceId } from '../../core/id.ts'
import type { GroupCast } from '../../store/store.ts'

/** What a member is, in one number. */
const HERE = 1
const ADMIN = 2

export interface Cast extends Pick<GroupFace, 'members' | 'names' | 'lists'> {
  /** Everybody who writes or wrote there, for whom. */
  readonly writers: ReadonlyMap<DeviceId, AccountId>
  /** The same the other way round. */
  readonly byAccount: ReadonlyMap<AccountId, readonly DeviceId[]>
}

export function castOf(
  writers: Iterable<readonly [DeviceId, AccountId]>,
): Pick<Cast, 'writers' | 'byAccount'> {
  const known = new Map(writers)
  const byAccount = Map.groupBy(known, ([, account]) => account)
  return {
    writers: known,
    byAccount: new Map(
      [...byAccount].map(([account, own]) => [account, own.map(([device]) => device)] as const),
    ),
  }
}

/** Puts casts into a page: each once, with numbers for ids. */
export class CastWriter {
  readonly ids: string[] = []
  readonly casts: GroupCast[] = []
  private readonly numbers = new Map<string, number>()
  private readonly places = new Map<string, number>()

  /** The number of an id. */
  of(id: AccountId | DeviceId): number {
    const known = this.numbers.get(id)
    if (known !== undefined) return known
    this.numbers.set(id, this.ids.length)
    return this.ids.push(id) - 1
  }

  /** The number of a cast. */
  cast(
    { members, names, lists }: Pick<GroupFace, 'members' | 'names' | 'lists'>,
    writers: Iterable<readonly [DeviceId, AccountId]>,
  ): number {
    const cast: GroupCast = {
      members: [...members].map(([account, { role, isHere }]) => [
        this.of(account),
        (role === 'admin' ? ADMIN : 0) + (isHere ? HERE : 0),
      ]),
      names: [...names].map(([account, name]) => [this.of(account), name]),
      lists: [...lists].map(([account, { version, devices }]) => [
        this.of(account),
        version,
        ...devices.map((device) => this.of(device)),
      ]),
      writers: [...writers].map(([device, account]) => [this.of(device), this.of(account)]),
    }
    const name = JSON.stringify(cast)
    const place = this.places.get(name) ?? this.casts.push(cast) - 1
    this.places.set(name, place)
    return place
  }
}

/** Reads them back: what is the same in several pages is the same in memory. */
export class CastReader {
  private readonly strings = new Map<string, string>()
  private readonly casts = new Map<string, Cast>()
  private readonly sets = new Map<string, ReadonlySet<DeviceId>>()

  id(text: string): string {
    const known = this.strings.get(text)
    if (known !== undefined) return known
    this.strings.set(text, text)
    return text
  }

  devices(ids: readonly DeviceId[]): ReadonlySet<DeviceId> {
    const name = ids.join()
    const set = this.sets.get(name) ?? new Set(ids)
    this.sets.set(name, set)
    return set
  }

  cast(cast: GroupCast, ids: readonly string[]): Cast {
    const accountAt = (index: number): AccountId => (ids[index] ?? '') as AccountId
    const deviceAt = (index: number): DeviceId => (ids[index] ?? '') as DeviceId
    const members = cast.members.map(([account, bits]) => {
      const role = (bits & ADMIN) === 0 ? 'member' : 'admin'
      return [accountAt(account), { role, isHere: (bits & HERE) !== 0 }] as const
    })
    const names = cast.names.map(([account, name]) => [accountAt(account), name] as const)
    const lists = cast.lists.map(([account = -1, version = 0, ...devices]) => {
      return [accountAt(account), { version, devices: devices.map(deviceAt) }] as const
    })
    const writers = cast.writers.map(
      ([device, account]) => [deviceAt(device), accountAt(account)] as const,
    )
    const name = JSON.stringify([members, names, lists, writers])
    const known = this.casts.get(name)
    if (known) return known
    const read: Cast = {
      ...castOf(writers),
      members: new Map<AccountId, FaceMember>(members),
      names: new Map(names),
      lists: new Map(lists),
    }
    this.casts.set(name, read)
    return read
  }
}
