// The frames that wait to be sent on one stream, counted in bytes and taken out in slices: small
// ones together, which spares packets, large ones in pieces, which spares copying them. Urgent ones
// leave before the others; of each kind one that waits says as much as many would.
import type { Frame } from '../core/frames.ts'
import type { TrafficCount } from './traffic.ts'

export class Outbox {
  private frames: Uint8Array[] = []
  private readonly urgent = new Map<Frame['type'], Uint8Array>()
  private bytes = 0
  /** A piece of the first frame was taken: the rest of it comes before all else. */
  private isBegun = false
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

  /** The next frames, or a piece of one that is larger. Not called when it is empty. */
  take(bytesMax: number): Uint8Array {
    const slice = this.isBegun ? this.takePiece(bytesMax) : this.takeFrames(bytesMax)
    this.bytes -= slice.byteLength
    this.traffic.sentBytes += slice.byteLength
    return slice
  }

  /** All but what the other side waits for, of a frame of which it has a piece. */
  clear(): void {
    this.frames = this.isBegun ? this.frames.slice(0, 1) : []
    this.urgent.clear()
    this.bytes = this.frames[0]?.byteLength ?? 0
  }

  private takeFrames(bytesMax: number): Uint8Array {
    const slice = [...this.urgent.values()]
    let bytes = slice.reduce((sum, frame) => sum + frame.byteLength, 0)
    let count = 0
    for (const frame of this.frames) {
      if (bytes + frame.byteLength > bytesMax) break
      bytes += frame.byteLength
      count += 1
    }
    this.urgent.clear()
    slice.push(...this.frames.splice(0, count))
    if (slice.length === 0) return this.takePiece(bytesMax)
    return slice.length === 1 && slice[0] ? slice[0] : Buffer.concat(slice, bytes)
  }

  private takePiece(bytesMax: number): Uint8Array {
    const frame = this.frames[0] ?? new Uint8Array(0)
    const rest = frame.subarray(bytesMax)
    this.isBegun = rest.byteLength > 0
    if (this.isBegun) this.frames[0] = rest
    else this.frames.shift()
    return frame.subarray(0, bytesMax)
  }
}
