// What is held of a conversation, here and by a peer, as clocks.
import { type Clock, EMPTY_CLOCK } from '../clock.ts'
import type { ConversationClock } from '../frames.ts'
import type { ConversationId, DeviceId } from '../id.ts'
import { headMark } from '../run.ts'
import { type ConversationState, logOf, type PeerState, type SyncState } from './state.ts'

/** What is durable here of those who may write. */
export function heldClock(conversation: ConversationState): Clock {
  const clock = new Map<DeviceId, number>()
  for (const [device, { durable }] of conversation.logs) {
    if (durable.seq > 0 && conversation.devices.has(device)) clock.set(device, durable.seq)
  }
  return clock
}

/** What is durable here of some logs, as it is told to others. */
export function toldClock(
  conversation: ConversationState,
  devices: Iterable<DeviceId>,
): ConversationClock {
  const seqs = new Map<DeviceId, number>()
  const marks = new Map<DeviceId, Uint8Array>()
  for (const device of devices) {
    const { durable } = logOf(conversation, device)
    if (durable.seq === 0 || !conversation.devices.has(device)) continue
    seqs.set(device, durable.seq)
    marks.set(device, headMark(durable))
  }
  return { conversation: conversation.id, seqs, marks }
}

/** The part of a peer's clock that is about those who may write. */
export function knownPart(conversation: ConversationState, clock: Clock): Clock {
  const { devices } = conversation
  let isAll = true
  for (const device of clock.keys()) isAll &&= devices.has(device)
  if (isAll) return clock
  return new Map([...clock].filter(([device]) => devices.has(device)))
}

/** What a peer holds of a conversation, as far as it told. */
export function theirClock(
  { conversations }: Pick<SyncState, 'conversations'>,
  { theirs, kept, dropped }: PeerState,
  id: ConversationId,
): Clock {
  const told = theirs.get(id)
  if (told) return told
  const before = dropped.has(id) ? undefined : kept.get(id)
  const conversation = before && conversations.get(id)
  return conversation ? knownPart(conversation, before) : EMPTY_CLOCK
}
