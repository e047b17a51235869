// The frames that wait to be sent on one stream, counted in bytes and taken out in slices: small
// ones together, which spares packets, large ones each by itself, which spares copying them. Urgent
// ones leave before the others; of each kind one that waits says as much as many would.
import type { Frame } from '../core/frames.ts'
import type { TrafficCount } from './traffic.ts'

/** Less than a page takes, which is larger than all that usually waits beside it. */
const SLICE_BYTES_MAX = 64 * 1024

export class Outbox {
  private frames: Uint8Array[] = []
  private readonly urgent = new Map<Frame['type'], Uint8Array>()
  private bytes = 0
  private readonly traffic: TrafficCount

  /** @param traffic counts what is taken out */
  constructor(traffic: TrafficCount) {
    this.traffic = traffic
  }

  get byteLength(): number {
    return this.bytes
  }

  get isEmpty(): boolean {
    return this.bytes === 0
  }

  isWaiting(urgent: Frame['type']): boolean {
    return this.urgent.has(urgent)
  }

  push(bytes: Uint8Array): void {
    this.frames.push(bytes)
    this.bytes += bytes.byteLength
  }

  pushUrgent(type: Frame['type'], bytes: Uint8Array): void {
    this.urgent.set(type, bytes)
    this.bytes += bytes.byteLength
  }

  /** The next frames, whole: small ones, or one that is large. Not called when it is empty. */
  take(): Uint8Array {
    const slice = [...this.urgent.values()]
    this.urgent.clear()
    let bytes = slice.reduce((sum, frame) => sum + frame.byteLength, 0)
    let count = 0
    for (const frame of this.frames) {
      if (bytes > 0 && bytes + frame.byteLength > SLICE_BYTES_MAX) break
      bytes += frame.byteLength
      count += 1
    }
    slice.push(...this.frames.splice(0, count))
    this.bytes -= bytes
    this.traffic.sentBytes += bytes
    return slice.length === 1 && slice[0] ? slice[0] : Buffer.concat(slice, bytes)
  }

  clear(): void {
    this.frames = []
    this.urgent.clear()
    this.bytes = 0
  }
}
