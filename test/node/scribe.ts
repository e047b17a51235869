// Somebody who writes a log by hand: signed runs, with whatever deps and in whatever place.
import { randomBytes } from 'node:crypto'

import type { Body, Dep } from '../../src/core/entry.ts'
import { type ConversationId, type DeviceId, idFromBytes } from '../../src/core/id.ts'
import { closeRun, emptyHead, type Head, type Run } from '../../src/core/run.ts'
import type { StoredRun } from '../../src/core/sync/state.ts'
import { encodeEntry } from '../../src/wire/entry.ts'
import { type Keys, makeKeys } from '../net/peers.ts'

export function newConversation(): ConversationId {
  return idFromBytes(randomBytes(32))
}

export class Scribe {
  readonly conversation: ConversationId
  readonly keys: Keys<DeviceId>
  head: Head
  /** What the clock says. */
  wallTimeMs = 1

  constructor(conversation: ConversationId, keys = makeKeys<DeviceId>()) {
    this.conversation = conversation
    this.keys = keys
    this.head = emptyHead(conversation, keys.id)
  }

  get device(): DeviceId {
    return this.keys.id
  }

  /** The next entries as one run; the first one names what its author saw. */
  next(texts: readonly string[], deps: readonly Dep[] = []): Run {
    const bodies = texts.map((text) => ({ kind: 'text', text }) as const)
    return this.say(bodies, deps)
  }

  say(bodies: readonly Body[], deps: readonly Dep[] = []): Run {
    const entries = bodies.map((body, i) =>
      encodeEntry({ wallTimeMs: this.wallTimeMs, deps: i === 0 ? deps : [], body }),
    )
    const log = { conversation: this.conversation, device: this.device }
    const { run, head } = closeRun(log, this.head, entries, this.keys.sign)
    this.head = head
    return run
  }

  /** The next entries as a peer brought them. */
  brought(texts: readonly string[], deps: readonly Dep[] = []): StoredRun {
    const run = this.next(texts, deps)
    return { run, head: this.head, from: this.device }
  }
}
