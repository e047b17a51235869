// What a seed stands for: who is there, who can meet whom, what they talk about, and what goes
// wrong. Everything is drawn here, before the simulation begins, except the dice of each fault.
import {
  type AccountId,
  type ConversationId,
  type DeviceId,
  idFromBytes,
} from '../../src/core/id.ts'
import { publicKeyFromSeed } from '../../src/core/run.ts'
import { Random } from './random.ts'

export interface Person {
  readonly device: DeviceId
  readonly account: AccountId
  readonly seed: Uint8Array
  /** Of the account's key. */
  readonly accountSeed: Uint8Array
}

export interface NetworkFaults {
  readonly delayMaxMs: number
  /** Frames of one session stay in order, as TCP keeps them. */
  readonly ordered: boolean
  readonly drop: number
  readonly repeat: number
}

export interface DiskFaults {
  readonly latencyMaxMs: number
  /** Commits that fail, with everything behind them. */
  readonly fail: number
  /** Page reads that find nothing. */
  readonly unreadable: number
  /** Small records that never reach the disk, although later ones do. */
  readonly lose: number
}

/** What happens beyond bad luck, and to whom: indexes into `people`. */
export interface Cruelty {
  /** These break every rule. */
  readonly villains: readonly number[]
  readonly mischiefs: number
  /** An older copy of the database is put back. */
  readonly rollbacks: readonly number[]
  /** A copy of the database is started elsewhere. */
  readonly clones: readonly number[]
  /** Logs lose their end, and the store says so. */
  readonly tears: readonly number[]
}

const NO_CRUELTY: Cruelty = { villains: [], mischiefs: 0, rollbacks: [], clones: [], tears: [] }

export interface Plan {
  readonly seed: number
  readonly people: readonly Person[]
  /** Pairs of indexes into `people` that can ever connect. */
  readonly links: readonly (readonly [number, number])[]
  readonly conversations: readonly {
    readonly id: ConversationId
    readonly members: readonly number[]
  }[]
  readonly network: NetworkFaults
  readonly disk: DiskFaults
  /** How long there is writing and trouble, before everything heals. */
  readonly activeMs: number
  readonly appends: number
  /** How often somebody regrets what they just wrote. */
  readonly undos: number
  readonly cuts: number
  readonly partitions: number
  readonly crashes: number
  readonly jumps: number
  readonly congestions: number
  /** Members that know of a conversation only later. */
  readonly lateJoins: boolean
  /** Entries in one page, and bytes that a Want asks for; small ones make many round trips. */
  readonly pageEntries: number
  readonly wantCredit: number
  /** Everybody must hold everything soon after the trouble, without waiting for a repair. */
  readonly swift: boolean
  readonly cruelty: Cruelty
  /** How often somebody has no more room for what some others write. */
  readonly holds: number
  /** What else every session brings in a second: a node counts it, and knows no more of it. */
  readonly otherBytes: number
  readonly social: Social
}

/** What people do and say beyond texts and changes in conversations that are there. */
export interface Social {
  /** Every kind of entry is written, of later versions too. */
  readonly everyKind: boolean
  /** How many groups are made, and how often somebody does something to one of them. */
  readonly groups: number
  readonly deeds: number
  /** How many of the cases that are hard by design are played (scenes.ts). */
  readonly scenes: number
  /** Indexes into `people` of those who go on although they heard that they were removed. */
  readonly stubborn: readonly number[]
  /** How many are switched off for good. */
  readonly gone: number
}

const NOT_SOCIAL: Social = {
  everyKind: false,
  groups: 0,
  deeds: 0,
  scenes: 0,
  stubborn: [],
  gone: 0,
}

const CALM_NETWORK: NetworkFaults = { delayMaxMs: 30, ordered: true, drop: 0, repeat: 0 }
const CALM_DISK: DiskFaults = { latencyMaxMs: 10, fail: 0, unreadable: 0, lose: 0 }
export const HEALED_NETWORK: NetworkFaults = { ...CALM_NETWORK, delayMaxMs: 10 }
export const HEALED_DISK: DiskFaults = CALM_DISK

export function makePlan(seed: number, random: Random): Plan {
  const people = makePeople(random)
  const links = makeLinks(random, people.length)
  const ordered = random.chance(0.4)
  const often = (most: number): number => (random.chance(0.3) ? 0 : random.int(1, most))
  const rarely = (most: number): number => (random.chance(0.5) ? 0 : random.next() * most)
  return {
    seed,
    people,
    links,
    conversations: makeConversations(random, people.length, links),
    network: {
      delayMaxMs: random.pick([5, 50, 400, 3000]),
      ordered,
      drop: ordered ? 0 : rarely(0.3),
      repeat: ordered ? 0 : rarely(0.3),
    },
    disk: {
      latencyMaxMs: random.pick([1, 20, 300]),
      fail: rarely(0.3),
      unreadable: rarely(0.1),
      lose: rarely(0.2),
    },
    activeMs: random.int(20, 100) * 1000,
    appends: random.int(10, 100),
    undos: 0,
    cuts: often(25),
    partitions: often(3),
    crashes: often(8),
    jumps: often(3),
    congestions: often(6),
    lateJoins: random.chance(0.3),
    pageEntries: random.pick([1, 3, 10, 4096]),
    wantCredit: random.pick([1, 200, 1000, 1024 * 1024]),
    swift: false,
    cruelty: NO_CRUELTY,
    holds: 0,
    otherBytes: 0,
    social: NOT_SOCIAL,
  }
}

/** People take back what they wrote, and mostly write while they are apart. */
export function regretful(plan: Plan): Plan {
  return { ...plan, undos: 40, partitions: plan.partitions + 3, cuts: plan.cuts + 20 }
}

/** Everything that can be said is. Has dice of its own: the rest of the world stays as it was. */
export function talkative(plan: Plan): Plan {
  return { ...plan, social: { ...plan.social, everyKind: true } }
}

/** In some worlds people make groups too. */
export function sociable(plan: Plan): Plan {
  const random = new Random(plan.seed + 0x50c1a1)
  if (plan.people.length < 3 || random.chance(0.5)) return talkative(plan)
  const stubborn = plan.people.flatMap((_, index) => (random.chance(0.1) ? [index] : []))
  return {
    ...plan,
    // Groups are the most of what is said there, and all of them have many members.
    appends: Math.min(plan.appends, 50),
    social: {
      everyKind: true,
      groups: random.pick([1, 1, 2]),
      deeds: random.int(5, 25),
      scenes: random.int(0, 3),
      stubborn,
      gone: random.chance(0.3) ? 1 : 0,
    },
  }
}

/** Bad peers, restored backups, clones and torn databases, on top of everything else. */
export function cruel(plan: Plan, random: Random): Plan {
  const some = (chance: number, most: number): number[] =>
    Array.from({ length: random.chance(chance) ? random.int(1, most) : 0 }, () =>
      random.int(0, plan.people.length - 1),
    )
  const villains = [...new Set(some(0.5, Math.ceil(plan.people.length / 3)))]
  const honest = (list: readonly number[]): number[] =>
    list.filter((index) => !villains.includes(index))
  return {
    ...plan,
    // Less to say leaves more of it for the cruel to meet, and time for more worlds.
    appends: Math.min(plan.appends, 40),
    cruelty: {
      villains,
      mischiefs: random.pick([5, 30, 100]),
      rollbacks: honest(some(0.5, 3)),
      clones: honest(some(0.3, 2)),
      tears: honest(some(0.4, 4)),
    },
  }
}

/** Replicas run out of room for what others write, and get it back after a while. */
export function scarce(plan: Plan, random: Random): Plan {
  return { ...plan, holds: random.int(2, 12) }
}

/** Lines bring other things too: hardly any, so much that one waits, and too much for it. */
export function busy(plan: Plan, random: Random): Plan {
  return { ...plan, otherBytes: random.pick([1000, 10_000, 50_000, 300_000]) }
}

/** People do a lot in groups, come and go all the time, and are apart while they do. */
export function restless(plan: Plan, random: Random): Plan {
  const { social, ...rest } = sociable(plan)
  const gone = random.chance(0.4) ? 1 : 0
  const often = { partitions: 6, crashes: 10, cuts: 20, lateJoins: true }
  const much = { everyKind: true, groups: 2, deeds: 60, scenes: 8, gone }
  return { ...rest, ...often, social: { ...social, ...much } }
}

/** The same with backups that are put back, clones and torn databases, and nobody who cheats. */
export function restored(plan: Plan, random: Random): Plan {
  const restlessPlan = restless(plan, random)
  const some = (count: number): number[] =>
    Array.from({ length: count }, () => random.int(0, plan.people.length - 1))
  const cruelty = { ...NO_CRUELTY, rollbacks: some(5), clones: some(2), tears: some(2) }
  return { ...restlessPlan, cruelty }
}

/** A network that keeps frames in order and disks that work: only sessions end, and processes. */
export function reliable(plan: Plan): Plan {
  return {
    ...plan,
    network: CALM_NETWORK,
    disk: CALM_DISK,
    jumps: 0,
    lateJoins: false,
    swift: true,
    cruelty: NO_CRUELTY,
  }
}

/** Nothing goes wrong: sessions only come and go. */
export function calm(plan: Plan): Plan {
  return { ...reliable(plan), partitions: 0, crashes: 0 }
}

function makePeople(random: Random): Person[] {
  const count = random.pick([2, 2, 3, 3, 4, 4, 5, 6, 7, 8])
  return Array.from({ length: count }, () => {
    const seed = random.bytes(32)
    const accountSeed = random.bytes(32)
    const account = idFromBytes<AccountId>(publicKeyFromSeed(accountSeed))
    return { device: idFromBytes<DeviceId>(publicKeyFromSeed(seed)), account, seed, accountSeed }
  })
}

/** A random tree, so that news can reach everybody, and some more links. */
function makeLinks(random: Random, count: number): [number, number][] {
  const density = random.pick([0, 0.3, 1])
  const links: [number, number][] = []
  for (let b = 1; b < count; b++) {
    const parent = random.int(0, b - 1)
    for (let a = 0; a < b; a++) if (a === parent || random.chance(density)) links.push([a, b])
  }
  return links
}

/** Direct conversations on links, and larger ones whose members form one piece. */
function makeConversations(
  random: Random,
  count: number,
  links: readonly (readonly [number, number])[],
): Plan['conversations'] {
  return Array.from({ length: random.int(1, 5) }, () => {
    const members = new Set(random.pick(links))
    const size = random.chance(0.4) ? 2 : random.int(2, count)
    for (const [a, b] of links.flatMap(() => random.shuffled(links))) {
      if (members.size >= size) break
      if (members.has(a) !== members.has(b)) members.add(a).add(b)
    }
    return { id: idFromBytes<ConversationId>(random.bytes(32)), members: [...members] }
  })
}
