// A bot that answers each message with the same words: the smallest that misses nothing and answers
// nothing twice, whatever is restarted or killed. How it does that is in following.ts.
//
//   tidings start --detach
//   node examples/echo-bot.ts echo-bot.json
//
// The file keeps its place. The first time it answers all that was ever said to it.
import type { Client, Event } from '../src/api/client.ts'
import { follow, isAnswered, Kept, type Place, reply, untilStopped } from './following.ts'

const place = await Kept.open<Place>(process.argv[2] ?? 'echo-bot.json', { cursor: '0' })
await follow(place, answer, untilStopped())

async function answer(client: Client, event: Event, again: boolean): Promise<void> {
  if (event.type !== 'message') return
  const { own, deleted, kind, replyTo, text } = event.message
  // Replies are left alone: two of these bots would never come to an end.
  if (own || deleted || kind !== 'text' || replyTo) return
  if (again && (await isAnswered(client, event.message))) return
  await reply(client, event.message, text)
}
