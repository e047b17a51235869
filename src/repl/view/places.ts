// The places of a screen: one for each conversation that was in view, with what was said there, and
// one for what belongs to none.
import type { Look } from '../look.ts'
import type { Block, Keyed } from '../screen.ts'
import { Expiry } from './expiry.ts'
import { Transcript } from './transcript.ts'

/** Places that are held; the one that was in view longest ago is read anew when it comes back. */
const PLACES_MAX = 24

export class Places {
  readonly #home = new Transcript()
  /** The one that was in view last is the last one. */
  readonly #held = new Map<string, Transcript>()
  #conversation: string | undefined
  #current = this.#home
  readonly #changed: () => void
  readonly #expiry: Expiry
  /** Earlier messages are on their way. */
  #isAsking = false

  /** @param changed something is shown, or not any more, that nobody printed now */
  constructor(changed: () => void) {
    this.#changed = changed
    const all = (): Transcript[] => [this.#home, ...this.#held.values()]
    this.#expiry = new Expiry({ transcripts: all, changed })
  }

  get current(): Transcript {
    return this.#current
  }

  /** @returns whether it is held already */
  enter(conversation: string | undefined): boolean {
    this.#conversation = conversation
    if (conversation === undefined) {
      this.#current = this.#home
      return true
    }
    const held = this.#held.get(conversation)
    this.#held.delete(conversation)
    this.#current = held ?? new Transcript()
    this.#held.set(conversation, this.#current)
    const [oldest] = this.#held.keys()
    if (this.#held.size > PLACES_MAX && oldest !== undefined) this.#held.delete(oldest)
    this.#current.toEnd()
    return held?.isFilled === true
  }

  print(block: Block, key?: string): void {
    this.#expiry.watch(block)
    this.#current.add(block, key)
  }

  fill(conversation: string, blocks: readonly Keyed[], mayHaveEarlier: boolean): void {
    const place = this.#held.get(conversation)
    if (!place) return
    for (const { block } of blocks) this.#expiry.watch(block)
    place.addBefore(blocks)
    place.isFilled = true
    place.mayHaveEarlier = mayHaveEarlier
  }

  /** Goes through what was said by half a screen, so that the eye finds its place again. */
  turn(
    direction: 1 | -1,
    { height, look }: { readonly height: number; readonly look: Look },
    ask: (conversation: string, before: string) => Promise<readonly Keyed[] | undefined>,
  ): void {
    const place = this.#current
    const isTop = place.scroll(direction * Math.max(1, height >> 1), height, look)
    const conversation = this.#conversation
    const before = place.oldestKey
    if (!isTop || this.#isAsking || !conversation || !before || !place.mayHaveEarlier) return
    this.#isAsking = true
    void ask(conversation, before).then((blocks) => {
      this.#isAsking = false
      // Not the beginning: the next key asks again.
      if (!blocks) return
      this.fill(conversation, blocks, blocks.length > 0)
      this.#changed()
    })
  }

  keep(conversation: string, block: Block, key: string): void {
    this.#expiry.watch(block)
    this.#held.get(conversation)?.add(block, key)
  }

  replace(key: string, block: Block, newKey: string): boolean {
    this.#expiry.watch(block)
    return this.#everywhere((place) => place.replace(key, block, newKey))
  }

  remove(key: string): boolean {
    return this.#everywhere((place) => place.remove(key))
  }

  stop(): void {
    this.#expiry.stop()
  }

  /** What is pointed out beside another conversation is in two places. */
  #everywhere(change: (place: Transcript) => boolean): boolean {
    let isDone = false
    for (const place of [this.#home, ...this.#held.values()]) isDone = change(place) || isDone
    return isDone
  }
}
