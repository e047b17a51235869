// Where messages went when this node went on as another device. What a place named before that, it
// does not name any more: there may be a message that another copy wrote.
import { logTag, messageId, parseMessageId } from '../core/id.ts'
import type { SendOptions } from './node-types.ts'
import { type MessagePlace, type Moved, movedTo } from './renewal.ts'

export class Moves {
  private readonly all: Moved[] = []

  /** How many there were until now. */
  get count(): number {
    return this.all.length
  }

  add(moved: Moved): void {
    this.all.push(moved)
  }

  /** Where a message is that was at a place when there had been so many moves. */
  placeNow(place: MessagePlace, since = 0): MessagePlace {
    return this.all.slice(since).reduce((now, moved) => movedTo(moved, now) ?? now, place)
  }

  /** The same for the id of a message. @throws TidingsError `bad_input` when it is none */
  idNow(id: string, since: number): string {
    return this.all.slice(since).reduce((now, moved) => movedId(moved, now) ?? now, id)
  }

  /** With the message that is answered as it is named now. @throws TidingsError `bad_input` */
  named(options: SendOptions, since: number): SendOptions {
    const { reply } = options
    return reply === undefined ? options : { ...options, reply: this.idNow(reply, since) }
  }

  /** Whether an id was that of a message which has another one since. */
  isAmbiguous(id: string): boolean {
    return this.all.some((moved) => movedId(moved, id) !== undefined)
  }
}

function movedId(moved: Moved, id: string): string | undefined {
  const { tag, seq } = parseMessageId(id)
  const { conversation, device } = moved.from
  if (tag !== logTag(conversation, device)) return undefined
  const now = movedTo(moved, { conversation, device, seq })
  return now && messageId(logTag(conversation, now.device), now.seq)
}
