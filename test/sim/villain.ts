// A replica that breaks the rules: beside what its engine does it signs two histories, sends what
// nobody signed, tells clocks of its own invention, wants everything again and again, waits for
// nothing and repeats what it heard. All of it is legal on the wire; the rest ends at the codec.
import { type ForkProof, proveFork } from '../../src/core/fork.ts'
import type { ClocksFrame, SyncFrame } from '../../src/core/frames.ts'
import type { GroupBody } from '../../src/core/group/bodies.ts'
import { type ConversationId, type DeviceId, idFromBytes } from '../../src/core/id.ts'
import { NUMBER_MAX } from '../../src/core/limits.ts'
import { closeRun, emptyHead, type Run, signerFromSeed } from '../../src/core/run.ts'
import { logKey } from '../../src/core/sync/state.ts'
import type { Random } from './random.ts'
import type { Replica } from './replica.ts'

const HEARD_MAX = 50
const HUGE = [3, 1000, 1_000_000, 2 ** 40, NUMBER_MAX]

export class Villain {
  private readonly replica: Replica
  private readonly random: Random
  private readonly heard: SyncFrame[] = []
  private proofs: ForkProof[] = []
  /** It has stopped adding to its lies. */
  private quiet = false

  constructor(replica: Replica) {
    this.replica = replica
    this.random = replica.init.random
  }

  rest(): void {
    this.quiet = true
  }

  hears(frame: SyncFrame): void {
    if (this.heard.length < HEARD_MAX) this.heard.push(frame)
    else this.heard[this.random.int(0, HEARD_MAX - 1)] = frame
  }

  /** What leaves instead of a frame that its engine sends. */
  bend(frame: SyncFrame): SyncFrame[] {
    const { random } = this
    if (this.quiet || random.chance(0.6)) return [frame]
    if (random.chance(0.3)) return []
    if (random.chance(0.3)) return [frame, frame]
    if (frame.type === 'run') return [{ ...frame, run: this.spoilt(frame.run) }]
    const id = frame.type === 'clocks' && frame.clocks[0]?.conversation
    return id ? [frame, this.lie(id)] : [frame]
  }

  /** One bad deed, to one peer. */
  deed(): void {
    const { replica, random } = this
    const [peer] = random.shuffled(replica.sessions.keys())
    const [id] = random.shuffled([...replica.joined, ...replica.groups.ids])
    if (!replica.up || !peer || !id) return
    if (replica.groups.record(id) && random.chance(0.5)) return this.forge(id)
    const deeds: (() => readonly SyncFrame[])[] = [
      () => this.equivocate(id),
      () => this.equivocate(id),
      () => [{ type: 'run', run: this.spoilt(this.anyRun(id)) }],
      () => [{ type: 'run', run: this.gap(id) }],
      () => [this.lie(id)],
      () => this.greed(id, peer),
      () => this.accuse(id),
      () => this.heard.slice(-1),
      () => random.shuffled(this.heard).slice(0, 5),
    ]
    if (random.chance(0.1)) this.phantom(id, peer)
    for (const frame of random.pick(deeds)()) {
      if (replica.sessions.has(peer)) replica.send(peer, frame)
    }
  }

  /** Entries of a group that nobody may believe: lists that nobody signed, another beginning. */
  private forge(id: ConversationId): void {
    const { random, replica } = this
    const { device, groups, person } = replica
    const victim = random.pick([...groups.state(id).members.keys(), person.account])
    const list = { account: victim, version: 1000, devices: [device], signature: random.bytes(64) }
    const about = { devices: list, displayName: 'forged' }
    const made = { nonce: random.bytes(16), name: 'forged', topic: '', open: true }
    groups.say(
      id,
      random.pick<GroupBody>([
        { kind: 'group_create', ...made, ...about },
        { kind: 'group_add', ...about },
        { kind: 'group_devices', ...about },
        { kind: 'group_remove', account: victim, ends: new Map([[device, NUMBER_MAX]]) },
        { kind: 'group_role', account: person.account, role: 'admin', ends: new Map() },
      ]),
    )
  }

  /** Another history of its own log, from anywhere in it. */
  private equivocate(id: ConversationId): SyncFrame[] {
    const { random } = this
    const { device, disk, seed } = this.replica
    const log = disk.shelf.log(id, device)
    const seq = random.int(0, log.entries.length)
    const hash = log.hashes[seq - 1]
    const head = hash ? { seq, hash } : emptyHead(id, device)
    const entries = this.entries(random.int(1, 3))
    const { run } = closeRun({ conversation: id, device }, head, entries, signerFromSeed(seed))
    const held = disk.shelf.readPage(id, device, { first: 1, last: 1 }, 1)
    const proof = held && proveFork(held, run)
    if (proof) this.proofs = [...this.proofs, proof].slice(-5)
    return [{ type: 'run', run }]
  }

  private entries(count: number): Uint8Array[] {
    return Array.from({ length: count }, () =>
      this.replica.entry(1, { kind: 'text', text: `lie ${this.random.int(0, 1e9)}` }, []),
    )
  }

  private anyRun(id: ConversationId): Run {
    const { shelf } = this.replica.disk
    const logs = [...shelf.logs.values()].filter((log) => log.entries.length > 0)
    if (logs.length === 0) return this.gap(id)
    const { conversation, device, entries } = this.random.pick(logs)
    const first = this.random.int(1, entries.length)
    return shelf.readPage(conversation, device, { first, last: first }, 10) ?? this.gap(id)
  }

  /** A good run with something changed: its author, its place, its words. */
  private spoilt(run: Run): Run {
    const { random } = this
    const { known, joined, groups } = this.replica
    const changes: (() => Partial<Run>)[] = [
      () => ({ signature: random.bytes(64) }),
      () => ({ device: random.pick([...known]) }),
      () => ({ device: idFromBytes<DeviceId>(random.bytes(32)) }),
      () => ({ conversation: random.pick(joined.size > 0 ? [...joined] : groups.ids) }),
      () => ({ first: random.pick([1, run.first + 1, random.pick(HUGE.slice(0, 4))]) }),
      () => ({ prevHash: random.bytes(32) }),
      () => ({ entries: this.entries(run.entries.length) }),
      () => ({ entries: [...run.entries, ...run.entries] }),
    ]
    return { ...run, ...random.pick(changes)() }
  }

  /** Signed, and far after everything that there is. */
  private gap(id: ConversationId): Run {
    const { device, seed } = this.replica
    const head = { seq: this.random.pick(HUGE.slice(0, 4)), hash: this.random.bytes(32) }
    const log = { conversation: id, device }
    return closeRun(log, head, this.entries(1), signerFromSeed(seed)).run
  }

  /** A clock of anybody's logs, the receiver's own among them. */
  private lie(conversation: ConversationId): ClocksFrame {
    const { random, replica } = this
    const devices = random.shuffled([...replica.known, idFromBytes<DeviceId>(random.bytes(32))])
    const seqs = new Map<DeviceId, number>()
    const marks = new Map<DeviceId, Uint8Array>()
    for (const device of devices.slice(0, random.int(1, devices.length))) {
      const { seq } = replica.disk.shelf.head(conversation, device)
      seqs.set(device, Math.max(1, random.chance(0.5) ? random.pick(HUGE) : seq))
      if (random.chance(0.7)) marks.set(device, random.bytes(16))
    }
    const token = { epoch: Buffer.from(random.bytes(8)).toString('hex'), position: 1 }
    return {
      type: 'clocks',
      reset: random.chance(0.3),
      clocks: [{ conversation, seqs, marks }],
      ...(random.chance(0.3) && { token, digest: random.bytes(16) }),
    }
  }

  private greed(id: ConversationId, peer: DeviceId): SyncFrame[] {
    const { random, replica } = this
    const frames: SyncFrame[] = []
    for (const device of [...replica.known, peer]) {
      const log = { conversation: id, device }
      const credit = random.pick([1, NUMBER_MAX])
      frames.push({ type: 'want', ...log, first: 1, last: NUMBER_MAX, credit })
      frames.push({ type: 'credit', ...log, credit: NUMBER_MAX })
    }
    return random.chance(0.5) ? frames : [...frames, ...frames, { type: 'clocks_wanted' }]
  }

  /** Proofs, true ones and such that only look like it, with any end. */
  private accuse(id: ConversationId): SyncFrame[] {
    const { random } = this
    const held = random.pick([0, 1, 5, NUMBER_MAX])
    const known = [...this.replica.disk.shelf.forks.values()].flatMap(({ proof }) => proof ?? [])
    const proofs = [...this.proofs, ...known]
    if (proofs.length > 0 && random.chance(0.5)) {
      return [{ type: 'fork', proof: random.pick(proofs), held }]
    }
    const run = this.anyRun(id)
    const head = { seq: run.first, hash: random.bytes(32), signature: run.signature }
    return [{ type: 'fork', proof: { head, run }, held }]
  }

  /** An entry that depends on what never comes. */
  private phantom(id: ConversationId, peer: DeviceId): void {
    const stranger = idFromBytes<DeviceId>(this.random.bytes(32))
    const device = this.random.pick([peer, stranger])
    const { seq } = this.replica.disk.shelf.head(id, device)
    if (this.replica.disk.shelf.forks.has(logKey(id, this.replica.device))) return
    this.replica.append(id, 1, [{ device, seq: seq + this.random.int(1, 1000) }])
  }
}
