// What Tab may know beside the line itself. Nothing in here waits: what is not known yet is not
// suggested.
import type { GroupMember } from '../api/shapes-group.ts'
import type { Message } from '../api/shapes.ts'
import type { Directory } from './directory.ts'
import type { Partner } from './partner.ts'

export interface Surroundings {
  readonly directory: Directory
  readonly open: Partner | undefined
  /** Who is in a group; empty while it is not known. */
  readonly members: (conversation: string) => readonly GroupMember[]
  /** Its newest messages, oldest first; undefined while they are not known. */
  readonly messages: (conversation: string) => readonly Message[] | undefined
  readonly archives: readonly string[]
  /** What was reacted with here, the last first. */
  readonly reactions: readonly string[]
  /** What lies in a folder, named as typed (`~/`, `../`, empty for here); folders end with `/`. */
  readonly files: (folder: string) => readonly string[]
}
