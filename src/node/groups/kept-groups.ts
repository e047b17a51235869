// Groups as they lie on disk: briefs where there are such, and otherwise what each consists of.
import type { Clock } from '../../core/clock.ts'
import { added } from '../../core/group/exchange.ts'
import type { GroupState } from '../../core/group/state.ts'
import type { AccountId, ConversationId, DeviceId } from '../../core/id.ts'
import { GROUP_PAGE_CHARS } from '../../core/limits.ts'
import type { Logger } from '../../core/logger.ts'
import type { LevelStore } from '../../store/store-level.ts'
import type { Batch, GroupRecord } from '../../store/store.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { CastReader } from './group-cast.ts'
import { mendGroups, placeOfKey, withoutUnmade } from './group-entries.ts'
import { type PageContents, type PageGroup, readPage, writePage } from './group-pages.ts'
import { KnownGroup } from './known-group.ts'

/** Says that all pages are there, but for those that are stale. */
const ALL = ''

export interface KeptGroupsInit {
  readonly store: LevelStore
  readonly ledger: Pick<Ledger, 'conversation' | 'conversationIds'>
  readonly me: AccountId
  readonly log: Logger
}

export interface KeptGroupsHooks {
  /** What its user is called and writes by: what was said under another one does not count. */
  self(): string
  /** Whether that was said. */
  hasSaidHere(state: GroupState): boolean
  /** What some devices told that they hold. */
  heldBy(id: ConversationId, devices: readonly DeviceId[]): readonly Clock[]
}

export class KeptGroups {
  private readonly init: KeptGroupsInit
  private readonly hooks: KeptGroupsHooks
  /** Pages that could say more. */
  private readonly worn = new Set<string>()

  constructor(init: KeptGroupsInit, hooks: KeptGroupsHooks) {
    this.init = init
    this.hooks = hooks
  }

  /** All groups. What is known to be stale is read, and kept anew for the next start. */
  async load(): Promise<KnownGroup[]> {
    const { store } = this.init
    const pages = new Map(await store.all('group_page'))
    const stale = new Set((await store.all('group_stale')).map(([page]) => page))
    if (!store.isSettled) await this.lookAtAll()
    if (store.damage.length > 0) return this.mend()
    if (!pages.delete(ALL)) return this.refresh([''])
    const reader = new CastReader()
    const groups: KnownGroup[] = []
    for (const [name, record] of pages) {
      if (stale.has(name)) continue
      const page = readPage(record, this.hooks.self(), reader)
      if (page) groups.push(...(await this.open(page)))
      else stale.add(name)
    }
    return [...groups, ...(await this.refresh([...stale]))]
  }

  /** Makes stale pages anew, from what is on disk: so nothing may be written meanwhile. */
  async rest(): Promise<void> {
    const { store } = this.init
    if (store.damage.length > 0) return
    const stale = (await store.all('group_stale')).map(([page]) => page)
    await this.refresh([...new Set([...stale, ...this.worn])])
  }

  wear(id: ConversationId): void {
    this.worn.add(pageOf(id))
  }

  /** They are large, and seldom needed: read when somebody asks. */
  private withVouchers(record: GroupRecord): GroupRecord {
    const { store } = this.init
    return {
      ...record,
      get vouchers() {
        return store.get('group', record.conversation)?.vouchers ?? []
      },
    }
  }

  /** After a kill, say: so that what cannot be read is found now. */
  private async lookAtAll(): Promise<void> {
    await this.init.store.all('group')
    await this.init.store.all('group_entry')
  }

  private async mend(): Promise<KnownGroup[]> {
    const { ledger, store } = this.init
    await mendGroups(store, ledger)
    // The next start makes all of them anew.
    const batch = store.batch()
    for (const page of await store.keys('group_page')) batch.delete('group_page', page)
    if (batch.bytes > 0) await this.commit(batch)
    return this.read('')
  }

  private async open({ briefs, others }: PageContents): Promise<KnownGroup[]> {
    const { store } = this.init
    const groups = briefs.map(([record, brief]) => {
      const id = record.conversation
      const whole = brief.isVouched ? this.withVouchers(record) : record
      return new KnownGroup(whole, brief, ({ device, seq }) =>
        store.get('group_entry', `${id}/${device}/${seq}`),
      )
    })
    for (const id of others) groups.push(...(await this.read(id)))
    return groups
  }

  /** Reads groups whose ids begin so, and makes their pages anew. */
  private async refresh(prefixes: readonly string[]): Promise<KnownGroup[]> {
    const { store } = this.init
    const groups: KnownGroup[] = []
    for (const prefix of prefixes) groups.push(...(await this.read(prefix)))
    if (prefixes.length === 0) return groups
    const pages = Map.groupBy(groups, ({ record }) => pageOf(record.conversation))
    const batch = store.batch()
    for (const [page, own] of pages) {
      const made = own.map((group) => this.pageGroup(group))
      batch.put('group_page', page, writePage(this.init.me, this.hooks.self(), made))
    }
    if (prefixes.includes(ALL)) batch.put('group_page', ALL, writePage(this.init.me, '', []))
    for (const page of [...prefixes, ...pages.keys()]) {
      if (page !== ALL && !pages.has(page)) batch.delete('group_page', page)
      batch.delete('group_stale', page)
    }
    await this.commit(batch)
    return groups
  }

  /** What cannot be kept is read at the next start. */
  private async commit(batch: Batch): Promise<void> {
    const { log, store } = this.init
    await store.commit(batch).catch((error: unknown) => {
      log.warn({ err: error }, 'briefs of groups could not be kept')
    })
  }

  private async read(prefix: string): Promise<KnownGroup[]> {
    const { ledger, store } = this.init
    const records = await withoutUnmade(store, ledger, await store.all('group', prefix))
    const groups = new Map(records.map(([id, record]) => [id, new KnownGroup(record)]))
    for (const [key, { logical, bytes }] of await store.all('group_entry', prefix)) {
      const { id, device, seq } = placeOfKey(key)
      groups.get(id)?.add({ device, seq, logical }, bytes)
    }
    const all = [...groups.values()]
    for (const known of all) known.compute()
    return all
  }

  private pageGroup({ record, state, writers, entries }: KnownGroup): PageGroup {
    const { me } = this.init
    const { conversation: id } = record
    const entry = added(me, state)
    const knownBy = [...writers.keys()].filter((device) => {
      const [held] = this.hooks.heldBy(id, [device])
      return entry !== undefined && (held?.get(entry.device) ?? 0) >= entry.seq
    })
    const hasSaidHere = this.hooks.hasSaidHere(state)
    return { record, state, writers, entries, hasSaidHere, knownBy }
  }
}

function pageOf(id: ConversationId): string {
  return id.slice(0, GROUP_PAGE_CHARS)
}
