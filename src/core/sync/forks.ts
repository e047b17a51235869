// Forks of other devices' logs: found by a run that does not fit, or heard of by a proof. What was
// accepted first stays, no more is accepted, and every peer that shares the conversation is shown
// the proof, the device itself too: it may not know (docs/PROTOCOL.md, "Forks").
import { isForkProof } from '../fork.ts'
import type { ForkFrame } from '../frames.ts'
import type { ConversationId, DeviceId } from '../id.ts'
import { checkRun, type Run } from '../run.ts'
import { closeCut, closeLog, closeProven, noteProof, prove, proveToAll } from './closing.ts'
import { hearOwnProof, openDispute } from './disputes.ts'
import type { Draft } from './draft.ts'
import {
  conversationOf,
  deviceOf,
  type LogKey,
  logKey,
  logOf,
  type PeerState,
  takesMore,
} from './state.ts'

/** A run is validly signed, and does not join what is held. */
export function contradicted(draft: Draft, from: DeviceId, run: Run): void {
  const conversation = draft.conversation(run.conversation)
  if (!conversation) return
  const log = logOf(conversation, run.device)
  const key = logKey(run.conversation, run.device)
  if (draft.isMine(run.device) && !log.forked) {
    openDispute(draft, key, from, run)
  } else if (log.tip.seq !== log.durable.seq) {
    // Where this node's part ends must be certain before anybody is told.
    draft.setLog(conversation, run.device, { ...log, contested: { run, from } })
  } else if (draft.current.forks.has(key)) {
    closeLog(draft, key, 0)
  } else {
    // An own log that was cut back once follows what came first since, like anybody else's.
    found(draft, key, from, run, log.tip.seq)
  }
}

function found(draft: Draft, key: LogKey, from: DeviceId, run: Run, until: number): void {
  // Before it is told what follows from that.
  draft.effect({ type: 'forked', run, from, until })
  closeLog(draft, key, 0)
  draft.addFork(key)
  proveToAll(draft, key, undefined)
}

/** Writing is done with, or failed: a run that did not fit meanwhile is looked at again. */
export function judgeContested(draft: Draft, id: ConversationId, device: DeviceId): void {
  const conversation = draft.conversation(id)
  const log = conversation && logOf(conversation, device)
  if (!conversation || !log?.contested || log.tip.seq !== log.durable.seq) return
  const { contested, ...rest } = log
  draft.setLog(conversation, device, rest)
  if (!takesMore(rest) || checkRun(contested.run, rest.tip).outcome !== 'fork') return
  contradicted(draft, contested.from, contested.run)
}

export function hearFork(draft: Draft, from: PeerState, { proof, held }: ForkFrame): void {
  const { conversation: id, device } = proof.run
  const conversation = draft.conversation(id)
  if (!conversation || !from.heard.has(id) || !conversation.devices.has(device)) return
  const key = logKey(id, device)
  const log = logOf(conversation, device)
  if (!log.forked && !isForkProof(proof)) {
    return draft.effect({
      type: 'close',
      peer: from.device,
      code: 'protocol_error',
      reason: 'a proof of a fork that proves nothing',
    })
  }
  // It need not be shown what it shows itself.
  noteProof(draft, from.device, key, Infinity)
  const isCut = log.forked && draft.isMine(device) && log.until === Infinity
  if (isCut && isForkProof(proof)) return closeCut(draft, from.device, key, { proof, held })
  if (log.forked) return
  if (draft.isMine(device)) return hearOwnProof(draft, from.device, key, { proof, held })
  closeProven(draft, from.device, key, proof)
}

/** Every fork of a log in these conversations is shown to a peer that did not show it itself. */
export function proveAllTo(
  draft: Draft,
  peer: DeviceId,
  conversations: ReadonlySet<ConversationId>,
): void {
  for (const key of draft.current.forks) {
    const isShown = draft.peer(peer)?.proofs.get(key)?.waitMs === Infinity
    if (conversations.has(conversationOf(key)) && !isShown) prove(draft, peer, key)
  }
}

/** Shows proofs again to those who tell of more than they disprove: they may not have come. */
export function proveAgain(draft: Draft): void {
  for (const peer of draft.current.peers.values()) {
    for (const [key, { atMs, waitMs }] of peer.proofs) {
      const conversation = draft.conversation(conversationOf(key))
      if (!conversation || !peer.shared.has(conversation.id)) continue
      if (draft.nowMs - atMs < waitMs) continue
      const told = draft.theirs(peer, conversation.id).get(deviceOf(key)) ?? 0
      if (told > logOf(conversation, deviceOf(key)).durable.seq) prove(draft, peer.device, key)
    }
  }
}
