// What an archive consists of: an exported conversation, of this account or of another person, as
// it was checked when it was imported. It has no signatures, so nothing proves it.

export interface ArchiveMember {
  readonly account: string
  readonly name: string
  readonly own: boolean
}

/** Times are ISO 8601 in UTC. */
export interface ArchiveHeader {
  readonly conversation: string
  /** What its exporter called the conversation. */
  readonly title: string
  readonly members: readonly ArchiveMember[]
  readonly exportedAt: string
}

export interface ArchivedMessage {
  readonly id: string
  readonly conversation: string
  readonly author: string
  readonly authorName: string
  readonly own: boolean
  readonly seq: number
  readonly sentAt: string
  readonly kind: string
  readonly text: string
  readonly action: boolean
  readonly replyTo: {
    readonly id: string
    readonly author: string | null
    readonly authorName: string
    readonly text: string
    readonly deleted: boolean
  } | null
  readonly mentions: string[]
  readonly timer: number | null
  readonly edited: boolean
  readonly deleted: boolean
  readonly reactions: {
    readonly emoji: string
    readonly accounts: string[]
    readonly mine: boolean
  }[]
  readonly pinned: boolean
}

export type ArchivedItem =
  | { readonly type: 'message'; readonly message: ArchivedMessage }
  | {
      readonly type: 'gap'
      readonly reason: 'unreadable' | 'waiting' | 'missing'
      readonly author: string
      readonly authorName: string
      readonly first: number
      readonly last: number
    }

/** What an archive is, once it is whole. */
export interface ArchiveSummary extends ArchiveHeader {
  readonly name: string
  readonly messages: number
  readonly lines: number
  readonly firstSentAt: string | null
  readonly lastSentAt: string | null
  readonly importedAt: string
}

/** Only one that is whole is there for anybody; what else is found at a start is cleared away. */
export type ArchiveRecord =
  | { readonly state: 'whole'; readonly summary: ArchiveSummary }
  | { readonly state: 'partial' }
