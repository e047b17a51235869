// Group commit: an fsync costs the same for one entry and for a thousand, so whatever is waiting
// when the disk becomes free goes into the next write together, in the order in which it came.
import process from 'node:process'

import { TidingsError, toTidingsError } from '../core/errors.ts'
import type { Operation } from './level.ts'

interface Waiting {
  readonly operations: readonly Operation[]
  readonly bytes: number
  readonly resolve: () => void
  readonly reject: (error: TidingsError) => void
}

export interface GroupCommitComponents {
  /** Writes all of it, synced, or nothing. Never called before the last call is over. */
  readonly write: (operations: readonly Operation[]) => Promise<void>
  /** Called at the moment when everything that waits has failed, before anybody hears of it. */
  readonly failed: () => void
}

export class GroupCommit {
  private readonly components: GroupCommitComponents
  private readonly bytesMax: number
  private queue: Waiting[] = []
  private pumping: Promise<void> | undefined

  /** @param bytesMax a group grows no further once it is this large */
  constructor(components: GroupCommitComponents, bytesMax: number) {
    this.components = components
    this.bytesMax = bytesMax
  }

  /** Resolves when the operations are on disk. Commits take effect in the order of the calls. */
  commit(operations: readonly Operation[], bytes: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.queue.push({ operations, bytes, resolve, reject })
      this.pumping ??= this.pump()
    })
  }

  /** Resolves when nothing is waiting or being written. */
  async idle(): Promise<void> {
    while (this.pumping) await this.pumping
  }

  private async pump(): Promise<void> {
    while (this.queue.length > 0) {
      // Those who commit in the same turn, or hear of the last write now, share the next one.
      await new Promise<void>((resolve) => process.nextTick(resolve))
      const group = this.takeGroup()
      const operations = group.flatMap((waiting) => waiting.operations)
      try {
        if (operations.length > 0) await this.components.write(operations)
        for (const { resolve } of group) resolve()
      } catch (error) {
        // What came behind was built on what failed.
        const failed = [...group, ...this.queue]
        this.queue = []
        this.components.failed()
        const fault = toTidingsError(error)
        for (const { reject } of failed) reject(fault)
      }
    }
    this.pumping = undefined
  }

  private takeGroup(): Waiting[] {
    let bytes = 0
    let count = 0
    for (const waiting of this.queue) {
      if (count > 0 && bytes + waiting.bytes > this.bytesMax) break
      bytes += waiting.bytes
      count += 1
    }
    return this.queue.splice(0, count)
  }
}
