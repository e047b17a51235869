// What bots stand on: following a node from a place that is kept in a file, so that over any number
// of restarts, the bot's own or the node's, nothing is missed and nothing is handled twice.
//
// The place is kept behind each event that was handled. Killed between the two, a bot is given that
// one event again, marked `again`. Whoever answers with replies finds out with `isAnswered` what
// became of it: a reply is in the history or it is not.
//
// Outside of this repository the import is from 'tidings'.
import { readFile, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import {
  type Client,
  connect,
  type ErrorCode,
  type Event,
  isTidingsError,
  type Message,
  TidingsError,
} from '../src/api/client.ts'

export interface Place {
  /** Everything up to here is done; `null` before the first time. */
  cursor: string | null
}

/** The node cannot take it now, and will later. */
const AWAY: readonly ErrorCode[] = ['no_daemon', 'shutting_down', 'too_busy', 'disk_full']
/** Nobody is there for an answer, or what it answers was taken back. */
const GONE: readonly ErrorCode[] = [
  'not_a_contact',
  'contact_blocked',
  'not_a_member',
  'unknown_conversation',
  'unknown_message',
]
const RETRY_MS = 500
/** Messages of a conversation that are asked for at once. */
const PAGE = 500

/** A value in a file; a crash, or a loss of power, leaves the old one or the new one. */
export class Kept<T extends object> {
  readonly value: T
  readonly #file: string
  #writing = Promise.resolve()

  private constructor(file: string, value: T) {
    this.#file = file
    this.value = value
  }

  /**
   * Ends the program when there is a file that cannot be read: whether to begin anew, and miss what
   * came meanwhile or do everything again, is for its owner to choose.
   */
  static async open<T extends object>(file: string, first: T): Promise<Kept<T>> {
    const absent = (error: NodeJS.ErrnoException): undefined => {
      if (error.code !== 'ENOENT') throw error
    }
    try {
      const text = await readFile(file, 'utf8').catch(absent)
      return new Kept(file, text === undefined ? first : readLike(first, text))
    } catch (error) {
      return refuse(file, error)
    }
  }

  /** Resolves once the value, as it is now or later, is on disk. */
  async save(): Promise<void> {
    this.#writing = this.#writing.then(async () => {
      await writeFile(`${this.#file}.new`, JSON.stringify(this.value), { flush: true })
      await rename(`${this.#file}.new`, this.#file)
    })
    await this.#writing
  }
}

/** @throws when the text was not written for a value like the first one */
function readLike<T extends object>(first: T, text: string): T {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // Told below, with what was written for something else.
  }
  if (typeof value === 'object' && value && Object.keys(first).every((name) => name in value)) {
    return value as T
  }
  throw new Error('damaged, or of another program; remove it to begin anew')
}

/** Says what is wrong with a file, and ends the program. */
export function refuse(file: string, error: unknown): never {
  const program = path.basename(process.argv[1] ?? '', '.ts')
  console.error(`${program}: ${file}: ${error instanceof Error ? error.message : String(error)}`)
  process.exit(2)
}

/** @param again it may have been handled already, all of it or a part */
export type Handler = (client: Client, event: Event, again: boolean) => Promise<void>

/** Hands over what happens, one event after the other, from the place on, until the signal. */
export async function follow(
  place: Kept<Place>,
  handle: Handler,
  signal: AbortSignal,
): Promise<void> {
  await whileAway(signal, async () => {
    await using client = await connect({ signal })
    const { cursor } = place.value
    const events = client.tail(cursor === null ? {} : { since: cursor }, { signal })
    if (cursor === null) await keep(place, await events.started)
    let again = true
    for await (const event of events) {
      // What is of the moment, like presence, has no place of its own.
      const isNew = event.cursor !== place.value.cursor
      await handle(client, event, isNew && again)
      if (!isNew) continue
      again = false
      await keep(place, event.cursor)
    }
    // The stream ends quietly with the signal, and with the node, which comes back.
    throw new TidingsError('no_daemon', 'the node stopped')
  })
}

async function keep(place: Kept<Place>, cursor: string): Promise<void> {
  place.value.cursor = cursor
  await place.save()
}

/** Does it again for as long as the node is away: it keeps what happens. Ends with the signal. */
export async function whileAway(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    try {
      return await work()
    } catch (error) {
      if (signal.aborted) return
      if (!AWAY.some((code) => isTidingsError(error, code))) throw error
      await sleep(RETRY_MS, undefined, { signal }).catch(() => {})
    }
  }
}

/** Sends a reply, unless there is nobody any more to read it. */
export async function reply(
  client: Client,
  { id, conversation }: Pick<Message, 'id' | 'conversation'>,
  text: string,
): Promise<void> {
  await client.send({ to: conversation, text, reply: id }).catch(unlessGone)
}

/** Whether this account has replied to the message, or there is nothing any more to reply to. */
export async function isAnswered(
  client: Client,
  { id, conversation }: Pick<Message, 'id' | 'conversation'>,
): Promise<boolean> {
  let after = id
  for (;;) {
    const page = await client.history({ conversation, after, limit: PAGE }).catch(unlessGone)
    if (!page || page.some(({ own, replyTo }) => own && replyTo?.id === id)) return true
    const last = page.at(-1)
    if (!last) return false
    after = last.id
  }
}

function unlessGone(error: unknown): undefined {
  if (!GONE.some((code) => isTidingsError(error, code))) throw error
}

/** Aborted by Ctrl+C, and by whoever stops a service. */
export function untilStopped(): AbortSignal {
  const abort = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM']) process.once(name, () => abort.abort())
  return abort.signal
}
