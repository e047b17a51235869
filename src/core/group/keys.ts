// The keys of a group whose new members read from their joining on. Each key follows from the one
// before it by a hash: whoever has one has all newer ones and none that is older. Who is added is
// given the key of its epoch, a number that rises with everybody who is added (docs/PROTOCOL.md,
// "Groups with keys").
import { domainHash } from '../id.ts'
import { GROUP_EPOCH_MAX } from '../limits.ts'

export const GROUP_KEY_BYTES = 32

/** Keys so far apart are kept, so that any is found by a few hashes, whatever entries name. */
const STRIDE = 32
/** Of these so many are computed at once: some milliseconds. */
const STRIDES_AT_ONCE = 32
/** Keys of boxes that are kept, of a chain. */
const BOX_KEYS_MAX = 256

export interface GroupKey {
  /** From 0, at most GROUP_EPOCH_MAX. */
  readonly epoch: number
  readonly key: Uint8Array
}

/** By this a key is known to be the right one, without the key itself. */
export interface KeyCheck {
  readonly epoch: number
  readonly check: Uint8Array
}

/** A key with all that follow from it. */
export class KeyChain {
  readonly first: GroupKey
  /** The keys at `first.epoch` and every STRIDE epochs after it, as far as they were needed. */
  private readonly marks: Uint8Array[]
  private last: GroupKey
  private readonly boxKeys = new Map<number, Uint8Array>()

  constructor(first: GroupKey) {
    this.first = first
    this.marks = [first.key]
    this.last = first
  }

  /** Undefined for an epoch before its first. */
  key(epoch: number): Uint8Array | undefined {
    const { first, marks } = this
    if (epoch < first.epoch || epoch > GROUP_EPOCH_MAX) return undefined
    const wanted = Math.floor((epoch - first.epoch) / STRIDE)
    while (marks.length <= wanted) marks.push(after(marks.at(-1) ?? first.key, STRIDE))
    const mark = { epoch: first.epoch + wanted * STRIDE, key: marks[wanted] ?? first.key }
    const isNear = this.last.epoch >= mark.epoch && this.last.epoch <= epoch
    const from = isNear ? this.last : mark
    this.last = { epoch, key: after(from.key, epoch - from.epoch) }
    return this.last.key
  }

  /** Goes on towards a later key for a moment; whether that one is found at once from here on. */
  nears(epoch: number): boolean {
    const { first, marks } = this
    const wanted = Math.floor((Math.min(epoch, GROUP_EPOCH_MAX) - first.epoch) / STRIDE)
    const most = Math.min(wanted, marks.length - 1 + STRIDES_AT_ONCE)
    while (marks.length <= most) marks.push(after(marks.at(-1) ?? first.key, STRIDE))
    return most === wanted
  }

  /** What the contents of entries of an epoch are closed with. */
  boxKey(epoch: number): Uint8Array | undefined {
    let boxKey = this.boxKeys.get(epoch)
    if (boxKey) return boxKey
    const key = this.key(epoch)
    if (!key) return undefined
    boxKey = domainHash('tidings/group-key/box/1', key)
    if (this.boxKeys.size >= BOX_KEYS_MAX) this.boxKeys.clear()
    this.boxKeys.set(epoch, boxKey)
    return boxKey
  }

  /** Whether the key of that epoch is the one that is meant, and is known by this. */
  proves({ epoch, check }: KeyCheck): boolean {
    const key = this.key(epoch)
    return key !== undefined && Buffer.compare(keyCheck(key), check) === 0
  }

  /** Whether another key follows from this one. */
  leadsTo({ epoch, key }: GroupKey): boolean {
    const own = this.key(epoch)
    return own !== undefined && Buffer.compare(own, key) === 0
  }
}

const CHAINS = new WeakMap<GroupKey, KeyChain>()

/** The chain of a key, which is made once: finding a key far down it costs. */
export function chainOf(first: GroupKey): KeyChain {
  let chain = CHAINS.get(first)
  if (!chain) {
    chain = new KeyChain(first)
    CHAINS.set(first, chain)
  }
  return chain
}

export function keyCheck(key: Uint8Array): Uint8Array {
  return domainHash('tidings/group-key/check/1', key)
}

function after(key: Uint8Array, steps: number): Uint8Array {
  let next = key
  for (let step = 0; step < steps; step++) next = domainHash('tidings/group-key/next/1', next)
  return next
}
