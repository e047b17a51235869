// Those who come to a group from outside: what they have to show, what they ask, and what they get.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import type { DeviceList, Frame, GroupInviteFrame, GroupVoucher } from '../../src/core/frames.ts'
import type { ConversationId, DeviceId } from '../../src/core/id.ts'
import { GROUP_PROOF_WAIT_MS } from '../../src/core/limits.ts'
import { closeRun, cutRun, type Signer } from '../../src/core/run.ts'
import type { Session } from '../../src/net/net.ts'
import { encodeEntry } from '../../src/wire/entry.ts'
import { groupId } from '../../src/wire/group-bodies.ts'
import { Peer } from '../net/peers.ts'
import { groupOf } from './crew.ts'
import { partsOf, type Person } from './nodes.ts'

export const idOf = (who: Person): ConversationId => {
  const id = groupOf(who)?.conversation
  assert.ok(id)
  return id
}

/** The invitation as everybody has it who ever was in the group, or was asked. */
export async function invitation(who: Person): Promise<GroupInviteFrame> {
  const { self, init } = partsOf(who)
  const run = await init.store.readRun(idOf(who), self.device, 1)
  const [entry] = run?.entries ?? []
  assert.ok(entry)
  const about = { device: self.device, entry, name: 'crew' }
  return { type: 'group_invite', conversation: idOf(who), ...about }
}

/** An invitation to a group that nobody but its maker ever heard of. */
export function invention({
  account,
  device,
  ...rest
}: DeviceList & { device: DeviceId }): GroupInviteFrame {
  const entry = encodeEntry({
    wallTimeMs: 1,
    deps: [],
    body: {
      kind: 'group_create',
      nonce: randomBytes(16),
      name: 'none',
      topic: '',
      open: false,
      devices: { account, ...rest },
      displayName: 'Eve',
    },
  })
  return { type: 'group_invite', conversation: groupId(entry), device, entry, name: 'none' }
}

interface Adder {
  readonly devices: DeviceList
  readonly device: DeviceId
  readonly sign: Signer
}

/** What somebody signs who adds a visitor, at a place of their log that nobody else has. */
export function added(
  { devices, device, sign }: Adder,
  conversation: ConversationId,
  visiting: DeviceList,
): GroupVoucher {
  const body = { kind: 'group_add', devices: visiting, displayName: 'Eve' } as const
  const entry = encodeEntry({ wallTimeMs: 1, deps: [], body })
  const head = { seq: 49, hash: randomBytes(32) }
  return { devices, run: closeRun({ conversation, device }, head, [entry], sign).run }
}

export function addedBy(
  who: Person,
  conversation: ConversationId,
  visiting: DeviceList,
): GroupVoucher {
  const { device, record, signer: sign } = partsOf(who).self
  return added({ devices: record.devices, device, sign }, conversation, visiting)
}

/** Somebody adds a visitor for real, and removes it again. */
export async function addAndRemove(who: Person, visitor: DeviceList): Promise<GroupVoucher> {
  const { appender, init, self } = partsOf(who)
  const id = idOf(who)
  const { account } = visitor
  const body = { kind: 'group_add', devices: visitor, displayName: 'Eve' } as const
  const { seq } = await appender.append(id, body)
  await appender.append(id, { kind: 'group_remove', account, ends: new Map() })
  const run = await init.store.readRun(id, self.device, seq)
  assert.ok(run)
  return { devices: self.record.devices, run: cutRun(run, seq) }
}

/** Asks for a group in every way there is. */
export function ask(session: Session, invite: GroupInviteFrame, device: DeviceId): void {
  const { conversation } = invite
  const log = { conversation, device }
  const seqs = new Map([[device, 1000]])
  const token = { epoch: '0011223344556677', position: 9 }
  const frames: Frame[] = [
    invite,
    {
      type: 'clocks',
      reset: true,
      clocks: [{ conversation, seqs }],
      token,
      digest: randomBytes(16),
    },
    { type: 'want', ...log, first: 1, last: 2, credit: 100_000 },
    { type: 'credit', ...log, credit: 100_000 },
    { type: 'clocks_wanted' },
    { type: 'read', clock: { conversation, seqs } },
    { type: 'typing', conversation, stopped: false },
    { type: 'group_join', conversation },
    invite,
  ]
  for (const frame of frames) session.send(frame)
}

/** A new identity, or one who was here before. */
export async function visitor(t: TestContext, before?: Peer): Promise<Peer> {
  await before?.net.stop()
  const keys = before && { device: before.device, account: before.account }
  const peer = await Peer.start({ name: 'Eve', ...keys })
  t.after(() => peer.net.stop())
  return peer
}

export const reach = (peer: Peer, victim: Person): Promise<Session> =>
  peer.net.reach({ addresses: [victim.address] }, AbortSignal.timeout(5000))

/** What one gets who asks: kinds of frames in their order, with how much they name. */
export async function answers(
  peer: Peer,
  victim: Person,
  invite: GroupInviteFrame,
): Promise<string[]> {
  const session = peer.sessions[0] ?? (await reach(peer, victim))
  const before = peer.frames.length
  ask(session, invite, partsOf(victim).self.device)
  // Longer than anything that is told a little later.
  await sleep(GROUP_PROOF_WAIT_MS + 2500)
  const frames = peer.frames.slice(before)
  return [...frames.map(told), ...peer.closed.map(({ code }) => `closed ${code}`)]
}

function told(frame: Frame): string {
  if (frame.type !== 'clocks') return frame.type
  const { clocks, reset } = frame
  return `${reset ? 'all ' : ''}clocks of ${clocks.map(({ seqs }) => seqs.size).join()}`
}
