// A bot that answers each message with the same words. It keeps its place in a file, so that over
// any number of restarts, its own or the node's, it misses no message and answers none twice.
//
//   tidings start --detach
//   node examples/echo-bot.ts echo-bot.json
//
// Outside of this repository the import is from 'tidings'.
import { readFile, rename, writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

import { type Client, connect, isTidingsError, type Message } from '../src/api/client.ts'

interface State {
  /** Everything up to here is done. */
  cursor: string
  /** The answer that was under way: what it answers, and our newest message before it. */
  answering?: { id: string; ownSeq: number } | undefined
}

const RETRY_MS = 500
const GONE = ['not_a_contact', 'contact_blocked', 'not_a_member'] as const
/** How far back to look for our own newest message. */
const PAGE = 200

const file = process.argv[2] ?? 'echo-bot.json'
const state = await load()
const abort = new AbortController()
for (const name of ['SIGINT', 'SIGTERM']) process.once(name, () => abort.abort())

while (!abort.signal.aborted) {
  try {
    await using client = await connect()
    for await (const event of client.tail({ since: state.cursor }, { signal: abort.signal })) {
      if (event.type === 'message' && !event.message.own) await answer(client, event.message)
      state.cursor = event.cursor
      state.answering = undefined
      await save()
    }
  } catch (error) {
    // The node is away: it keeps what happens, and the cursor says where to go on.
    const isAway = isTidingsError(error, 'no_daemon') || isTidingsError(error, 'shutting_down')
    if (!isAway) throw error
    await sleep(RETRY_MS, undefined, { signal: abort.signal }).catch(() => {})
  }
}

async function answer(client: Client, message: Message): Promise<void> {
  const { id, conversation, deleted, kind, text } = message
  if (kind !== 'text' || deleted) return
  const ownSeq = await newestOwn(client, conversation)
  // Killed after sending and before saving its place, it finds its own answer here.
  if (state.answering?.id === id && ownSeq > state.answering.ownSeq) return
  state.answering = { id, ownSeq }
  await save()
  try {
    await client.send({ to: conversation, text })
  } catch (error) {
    // Who cannot be written to any more needs no answer.
    if (!GONE.some((code) => isTidingsError(error, code))) throw error
  }
}

async function newestOwn(client: Client, conversation: string): Promise<number> {
  const page = await client.history({ conversation, limit: PAGE })
  return Math.max(0, ...page.filter(({ own }) => own).map(({ seq }) => seq))
}

async function load(): Promise<State> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as State
  } catch {
    // The first time: answer what is still to come, and what waits.
    return { cursor: '0' }
  }
}

/** A crash leaves the old state or the new one, never half of it. */
async function save(): Promise<void> {
  await writeFile(`${file}.new`, JSON.stringify(state))
  await rename(`${file}.new`, file)
}
