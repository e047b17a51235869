// Archives: exported conversations, imported to be looked at. They lie sealed in the profile's
// database, in records of their own, apart from every log: nothing of them is ever sent or mixed
// with what is signed. One appears whole or not at all, also when the machine dies on the way.
import { TidingsError } from '../../core/errors.ts'
import { ARCHIVES_MAX } from '../../core/limits.ts'
import type { Logger } from '../../core/logger.ts'
import { isDisplayName } from '../../core/text.ts'
import type { DiskRoom } from '../disk-room.ts'
import type { Store } from '../store.ts'
import { invalid, type ReadHeader, readHeader, readLine } from './archive-format.ts'
import { ArchivePages, type NumberedItem } from './archive-pages.ts'
import type { ArchiveSummary } from './archive-types.ts'
import { assertRoom, Writing } from './archive-writing.ts'
import { linesOf, sizeOf } from './line-file.ts'

const ID_BYTES = 8

export interface ArchivesInit {
  readonly store: Store
  readonly log: Logger
  /** Wall time. */
  readonly now: () => number
  readonly random: (bytes: number) => Uint8Array
  /** Without it nobody looks how full the disk is. */
  readonly disk?: () => Promise<DiskRoom>
}

export interface ShowOptions {
  readonly limit: number
  /** Only what stands before this number. */
  readonly before?: number
  readonly search?: string
}

export interface ShownArchive {
  readonly archive: ArchiveSummary
  readonly items: readonly NumberedItem[]
}

export class Archives {
  private readonly init: ArchivesInit
  private readonly whole = new Map<string, ArchiveSummary>()
  private isBusy = false

  constructor(init: ArchivesInit) {
    this.init = init
  }

  /** Takes up what is whole, and clears away what a crash left of an import or a removal. */
  async load(): Promise<void> {
    const { store, log } = this.init
    for (const [id, record] of await store.all('archive')) {
      if (record.state === 'whole') this.whole.set(id, record.summary)
      else {
        await this.clear(id).catch((error: unknown) => {
          log.warn({ err: error }, 'the remains of an archive could not be removed')
        })
      }
    }
  }

  list(): ArchiveSummary[] {
    return [...this.whole.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1))
  }

  /**
   * @param file an absolute path
   * @param name else as the conversation in it is called
   * @throws TidingsError `file_unusable`, `archive_invalid`, `archive_newer`, `archive_exists`,
   *   `bad_name`, `disk_full`, `too_busy`, `interrupted`; nothing is imported then
   */
  add(file: string, name: string | undefined, signal: AbortSignal): Promise<ArchiveSummary> {
    return this.alone(async () => {
      if (this.whole.size >= ARCHIVES_MAX) {
        throw new TidingsError('bad_input', `there is room for ${ARCHIVES_MAX} archives`)
      }
      const lines = linesOf(file)
      try {
        const { value: first } = await lines.next()
        if (!first) throw invalid(1, 'the file is empty')
        const start = readHeader(first.text)
        const called = this.freeName(name ?? start.header.title)
        await assertRoom(this.init, await sizeOf(file))
        return await this.write(called, start, lines, signal)
      } finally {
        await lines.return()
      }
    })
  }

  /** @throws TidingsError `unknown_archive`, `database_damaged`, `interrupted` */
  async show(name: string, options: ShowOptions, signal: AbortSignal): Promise<ShownArchive> {
    const [id, archive] = this.find(name)
    const items = await new ArchivePages(this.init.store, id).newest(options, signal)
    return { archive, items }
  }

  /** @throws TidingsError `unknown_archive`, `too_busy`, `disk_full` */
  remove(name: string): Promise<ArchiveSummary> {
    return this.alone(async () => {
      const [id, archive] = this.find(name)
      const batch = this.init.store.batch()
      batch.put('archive', id, { state: 'partial' })
      await this.init.store.commit(batch)
      // From here on it is gone; its pages follow, after a crash at the next start.
      this.whole.delete(id)
      await this.clear(id)
      return archive
    })
  }

  private async write(
    name: string,
    start: ReadHeader,
    lines: AsyncGenerator<{ text: string; number: number }, void>,
    signal: AbortSignal,
  ): Promise<ArchiveSummary> {
    const { store, random, now } = this.init
    const id = Buffer.from(random(ID_BYTES)).toString('hex')
    const begun = store.batch()
    begun.put('archive', id, { state: 'partial' })
    await store.commit(begun)
    try {
      const writing = new Writing(this.init, id)
      for await (const { text, number } of lines) {
        if (signal.aborted) throw new TidingsError('interrupted', 'interrupted')
        const item = readLine(text, number, start)
        if (item) await writing.add(item, number, text.length)
      }
      const counted = await writing.finish()
      const importedAt = new Date(now()).toISOString()
      const summary = { ...start.header, ...counted, name, importedAt }
      const batch = store.batch()
      batch.put('archive', id, { state: 'whole', summary })
      await store.commit(batch)
      this.whole.set(id, summary)
      return summary
    } catch (error) {
      await this.clear(id).catch((reason: unknown) => {
        this.init.log.warn({ err: reason }, 'the remains of an import go at the next start')
      })
      throw error
    }
  }

  /** Pages from the last one back, then the record that speaks of them, then the room they took. */
  private async clear(id: string): Promise<void> {
    const { store, log } = this.init
    const pages = new ArchivePages(store, id)
    await pages.remove()
    const batch = store.batch()
    batch.delete('archive', id)
    await store.commit(batch)
    await pages.tidy().catch((error: unknown) => {
      log.warn({ err: error }, 'the room of an archive is given back later')
    })
  }

  /** One at a time: each fills its batches, and names must not collide. */
  private async alone<T>(work: () => Promise<T>): Promise<T> {
    if (this.isBusy) {
      throw new TidingsError('too_busy', 'an archive is being imported or removed; try again')
    }
    this.isBusy = true
    try {
      return await work()
    } finally {
      this.isBusy = false
    }
  }

  private freeName(name: string): string {
    if (!isDisplayName(name)) {
      const words = 'an archive has a name of 1 to 64 bytes that can be shown; give one: --name'
      throw new TidingsError('bad_name', words)
    }
    if (!this.list().some((archive) => archive.name === name)) return name
    const words = `there is an archive ${name} already; choose another name with --name`
    throw new TidingsError('archive_exists', words)
  }

  private find(name: string): [id: string, archive: ArchiveSummary] {
    for (const found of this.whole) if (found[1].name === name) return found
    throw new TidingsError('unknown_archive', `there is no archive ${name.slice(0, 80)}`)
  }
}
