// Writing the lines of an archive: gathered into pages, and pages into commits of bounded size.
import { ARCHIVE_LINES_MAX, ARCHIVE_PAGE_BYTES, GROUP_BYTES_MAX } from '../../core/limits.ts'
import { assertRoomBeside } from '../disk-room.ts'
import { invalid } from './archive-format.ts'
import { ArchivePages } from './archive-pages.ts'
import type { ArchivedItem, ArchiveSummary } from './archive-types.ts'
import type { ArchivesInit } from './archives.ts'

/** What a line takes besides its characters. */
const LINE_MEMORY_BYTES = 256

type WritingInit = Pick<ArchivesInit, 'store' | 'disk'>

export class Writing {
  private readonly init: WritingInit
  private readonly pages: ArchivePages
  private items: ArchivedItem[] = []
  private bytes = 0
  private page = 0
  private lines = 0
  private messages = 0
  private firstSentAt: string | null = null
  private lastSentAt: string | null = null
  private batch

  constructor(init: WritingInit, id: string) {
    this.init = init
    this.pages = new ArchivePages(init.store, id)
    this.batch = init.store.batch()
  }

  /** @param chars of its line */
  async add(item: ArchivedItem, line: number, chars: number): Promise<void> {
    if (this.lines >= ARCHIVE_LINES_MAX) {
      throw invalid(line, `an archive has at most ${ARCHIVE_LINES_MAX} lines`)
    }
    this.lines += 1
    if (item.type === 'message') {
      this.messages += 1
      this.firstSentAt ??= item.message.sentAt
      this.lastSentAt = item.message.sentAt
    }
    this.items.push(item)
    // What it takes in memory, roughly: nearly all of a line may be text, or who reacted.
    this.bytes += LINE_MEMORY_BYTES + chars
    if (this.bytes < ARCHIVE_PAGE_BYTES) return
    this.close()
    if (this.batch.bytes >= GROUP_BYTES_MAX) await this.commit()
  }

  async finish(): Promise<
    Pick<ArchiveSummary, 'messages' | 'lines' | 'firstSentAt' | 'lastSentAt'>
  > {
    this.close()
    await this.commit()
    const { messages, lines, firstSentAt, lastSentAt } = this
    return { messages, lines, firstSentAt, lastSentAt }
  }

  private close(): void {
    if (this.items.length === 0) return
    const first = this.lines - this.items.length + 1
    this.pages.put(this.batch, this.page, { first, items: this.items })
    this.page += 1
    this.items = []
    this.bytes = 0
  }

  private async commit(): Promise<void> {
    // A line may take more room than in its file, and others write too.
    await assertRoom(this.init, 0)
    const { store } = this.init
    await store.commit(this.batch)
    this.batch = store.batch()
  }
}

/** @throws TidingsError `disk_full`, before what could be done without fills the disk */
export async function assertRoom({ disk }: WritingInit, bytes: number): Promise<void> {
  if (disk) assertRoomBeside(await disk(), bytes)
}
