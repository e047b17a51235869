// What the supervisor remembers of a device that it keeps a session with.
import type { DeviceId } from '../core/id.ts'

export interface Kept {
  readonly device: DeviceId
  /** The device proved itself there, newest first. */
  verified: string[]
  /** From the layer above. */
  given: readonly string[]
  failures: number
  /** It did not answer since its last session: that it is heard may be forged. */
  isDoubtful: boolean
  /** This node is no contact there and asks again now and then: that it is heard is no news. */
  isStranger: boolean
  /** When its session opened; never when it closed before it was open. */
  openedAt: number
  /** When the network took a session away that had lasted. */
  lostAt: number
  /** When hearing it last made it be dialed, or its session be looked at. */
  heardAt: number
  /** The addresses that discovery claimed then. */
  heard: readonly string[]
  timer: NodeJS.Timeout | undefined
  dialing: boolean
  /** News came while a dial with what was known before was under way. */
  again: boolean
}

export function newlyKept(device: DeviceId, given: readonly string[]): Kept {
  return {
    device,
    verified: [],
    given,
    failures: 0,
    isDoubtful: false,
    isStranger: false,
    openedAt: Infinity,
    lostAt: -Infinity,
    heardAt: -Infinity,
    heard: [],
    timer: undefined,
    dialing: false,
    again: false,
  }
}
