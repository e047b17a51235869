// The openings of this database, so that a peer's resume token can be judged: a token names an
// opening and a position, and is good when this very database passed through that position in that
// opening. A copy of the database that went its own way drew other epochs. And where positions
// go on after a loss.
import type { ResumeToken } from '../core/frames.ts'
import { EPOCHS_MAX } from '../core/limits.ts'
import type { RandomBytes } from './seal.ts'

const EPOCH_BYTES = 8
/** More positions than a database ever lost, and few enough to leave out for millions of times. */
const LEFT_OUT = 2 ** 32

export interface Opening {
  readonly epoch: string
  /** Where positions went on when it began. */
  readonly position: number
}

export class Epochs {
  /** Oldest first; the last one is the current opening. */
  readonly openings: readonly Opening[]
  readonly epoch: string

  /** Where positions go on. */
  readonly position: number

  /**
   * After a loss peers must hear everything anew: no opening so far counts. And no position is used
   * a second time: whoever kept a cursor from what is gone would miss what comes in its place.
   *
   * @param before the openings so far
   * @param found greatest position on disk
   */
  constructor(before: readonly Opening[], found: number, isDamaged: boolean, random: RandomBytes) {
    this.epoch = Buffer.from(random(EPOCH_BYTES)).toString('hex')
    const reached = Math.max(found, ...before.map(({ position }) => position))
    const isLess = isDamaged || reached > found
    this.position = isLess ? reached + LEFT_OUT : found
    const now = { epoch: this.epoch, position: this.position }
    this.openings = [...(isLess ? [] : before), now].slice(-EPOCHS_MAX)
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
