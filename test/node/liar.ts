// A contact that says whatever a test wants: a real network, and no node above it.
import type { TestContext } from 'node:test'

import type { DeviceList, Frame } from '../../src/core/frames.ts'
import {
  type AccountId,
  type ConversationId,
  type DeviceId,
  directConversation,
} from '../../src/core/id.ts'
import type { Session } from '../../src/net/net.ts'
import { type Keys, Peer } from '../net/peers.ts'
import { type Person, until } from './nodes.ts'
import { Scribe } from './scribe.ts'

export class Liar {
  readonly peer: Peer
  readonly session: Session
  readonly conversation: ConversationId
  /** Its own log with the victim. */
  readonly scribe: Scribe

  constructor(peer: Peer, session: Session, victim: Person) {
    this.peer = peer
    this.session = session
    this.conversation = directConversation(peer.account.id, victim.account as AccountId)
    this.scribe = new Scribe(this.conversation, peer.device)
  }

  get account(): AccountId {
    return this.peer.account.id
  }

  say(...frames: readonly Frame[]): void {
    for (const frame of frames) this.session.send(frame)
  }

  /** Says that it holds so much of each log. */
  claim(seqs: ReadonlyMap<DeviceId, number>): void {
    this.say({ type: 'clocks', reset: false, clocks: [{ conversation: this.conversation, seqs }] })
  }

  heard<T extends Frame['type']>(type: T): Extract<Frame, { type: T }>[] {
    return this.peer.frames.filter((frame) => frame.type === type) as Extract<Frame, { type: T }>[]
  }
}

export interface LiarOptions {
  readonly device?: Keys<DeviceId>
  readonly account?: Keys<AccountId>
  readonly devices?: DeviceList
}

/** A contact of somebody who takes requests without asking. */
export async function liar(
  t: TestContext,
  victim: Person,
  options: LiarOptions = {},
): Promise<Liar> {
  const peer = await Peer.start({ ...options, name: 'Liar' })
  t.after(() => peer.net.stop())
  const target = { addresses: [victim.address] }
  const session = await peer.net.reach(target, AbortSignal.timeout(5000))
  session.send({ type: 'contact', request: 'please', text: '' })
  const one = new Liar(peer, session, victim)
  await until(() => one.heard('clocks').length > 0, 'the liar is a contact')
  return one
}

/** The device of somebody's node. */
export function deviceOf(victim: Person, liarThere: Liar): DeviceId {
  const [device] = victim.node
    .sync(liarThere.account)
    .flatMap(({ devices }) => devices.filter(({ account }) => account === victim.account))
  if (!device) throw new Error('the node knows no conversation with the liar')
  return device.device
}
