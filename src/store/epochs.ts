// The openings of this database, so that a peer's resume token can be judged: a token names an
// opening and a position, and is good when this very database passed through that position in that
// opening. A copy of the database that went its own way drew other epochs.
import type { ResumeToken } from '../core/frames.ts'
import { EPOCHS_MAX } from '../core/limits.ts'
import type { RandomBytes } from './seal.ts'

const EPOCH_BYTES = 8

export interface Opening {
  readonly epoch: string
  /** Greatest position on disk when it began. */
  readonly position: number
}

export class Epochs {
  /** Oldest first; the last one is the current opening. */
  readonly openings: readonly Opening[]
  readonly epoch: string

  /** @param before the openings so far, none of which is trusted unless it fits what is there */
  constructor(before: readonly Opening[], position: number, random: RandomBytes) {
    this.epoch = Buffer.from(random(EPOCH_BYTES)).toString('hex')
    const now = { epoch: this.epoch, position }
    // A position behind an earlier opening's means that something was lost: that opening, and what
    // it told its peers, is of another past.
    const trusted = before.filter((opening) => opening.position <= position)
    this.openings = [...trusted, now].slice(-EPOCHS_MAX)
  }

  /** @param position greatest position on disk now */
  knows(token: ResumeToken, position: number): boolean {
    const at = this.openings.findIndex(({ epoch }) => epoch === token.epoch)
    const opening = this.openings[at]
    if (!opening) return false
    const end = this.openings[at + 1]?.position ?? position
    return token.position >= opening.position && token.position <= end
  }
}

/** The stored form; what is not one is taken as none at all, which only costs a full exchange. */
export function openingsFrom(value: unknown): Opening[] {
  if (!Array.isArray(value)) return []
  return value.filter(
    (item: Partial<Opening> | null): item is Opening =>
      typeof item?.epoch === 'string' && Number.isSafeInteger(item.position),
  )
}
