// One session after both Hellos: frames in and out, signs of life, and the bounds that hold for
// strangers. What the frames mean is decided above; ping, pong and Bye stay here.
import { isDeepStrictEqual } from 'node:util'

import { TidingsError } from '../core/errors.ts'
import { type Frame, GROUP_FRAMES, type HelloFrame } from '../core/frames.ts'
import type { AccountId, DeviceId } from '../core/id.ts'
import {
  HELLOS_PER_SESSION_MAX,
  STRANGER_FRAMES_MAX,
  STRANGER_SESSION_MAX_MS,
} from '../core/limits.ts'
import type { Logger } from '../core/logger.ts'
import { verifyDeviceList } from '../wire/devices.ts'
import type { Beat } from './beat.ts'
import type { FramedStream } from './framed.ts'
import { guarded } from './guarded.ts'
import type { Line } from './host.ts'
import { closeLine, cutLine } from './line.ts'
import type { Session, SessionHandler, Standing } from './net.ts'
import { Pulse } from './pulse.ts'

/** What a node that is no contact may say; the rest of what it says is dropped unread. */
const STRANGER_FRAMES = new Set<Frame['type']>(['contact', 'decline', ...GROUP_FRAMES])

export interface SessionInit {
  readonly line: Line
  readonly framed: FramedStream
  readonly hello: HelloFrame
  readonly address: string
  readonly initiator: boolean
  readonly standing: Standing
  readonly beat: Beat
  /** Monotonic milliseconds. */
  readonly now: () => number
  readonly log: Logger
  /** Told first when the session ends, with the work that ends its connection. */
  readonly ended: (session: ChatSession, code: string, closing: Promise<void>) => void
}

export class ChatSession implements Session {
  readonly device: DeviceId
  readonly account: AccountId
  readonly address: string
  readonly initiator: boolean
  readonly openedAtMs: number
  heardAtMs = Date.now()
  hello: HelloFrame
  standing: Standing
  receivedBytes = 0
  private readonly init: SessionInit
  private readonly framed: FramedStream
  private handler: SessionHandler | undefined
  private readonly waiting: PromiseWithResolvers<void>[] = []
  private endBeat: (() => void) | undefined
  private readonly pulse: Pulse
  private frames = 0
  private hellos = 0
  private over: { readonly code: string; readonly reason: string } | undefined

  constructor(init: SessionInit) {
    this.init = init
    this.framed = init.framed
    this.device = init.line.device
    this.account = init.hello.devices.account
    this.hello = init.hello
    this.address = init.address
    this.initiator = init.initiator
    this.standing = init.standing
    this.openedAtMs = init.now()
    this.pulse = new Pulse(this.openedAtMs)
  }

  /** Begins to hand frames to the handler that `makeHandler` gives. */
  open(makeHandler: (session: Session) => SessionHandler): void {
    this.framed.attach({
      frame: (frame) => this.receive(frame),
      heard: (bytes, isInside) => this.hear(bytes, isInside),
      congested: (congested) => this.congestion(congested),
      ended: (error) => this.lost(error),
    })
    const tick = guarded(this.init.log, 'session clock', () => this.tick())
    this.endBeat = this.init.beat.follow(tick)
    const handler = makeHandler(this)
    this.handler = handler
    // It may have been closed, or filled, while its handler was being made.
    if (this.over) handler.closed(this.over.code, this.over.reason)
    else if (this.framed.congested) handler.congested(true)
  }

  get isOver(): boolean {
    return this.over !== undefined
  }

  promote(): void {
    this.standing = 'contact'
  }

  send(frame: Frame): boolean {
    if (this.over) return false
    this.pulse.sent()
    this.say(frame)
    return !this.isOver && !this.framed.congested
  }

  drained(): Promise<void> {
    if (this.over) return Promise.reject(sessionEnded(this.over.reason))
    if (!this.framed.congested) return Promise.resolve()
    const waiter = Promise.withResolvers<void>()
    this.waiting.push(waiter)
    // The session may end when whoever asked has gone on to something else.
    waiter.promise.catch(() => {})
    return waiter.promise
  }

  pause(): void {
    this.framed.pause()
  }

  resume(): void {
    this.pulse.resumed(this.init.now())
    this.framed.resume()
  }

  close(code: string, reason: string): void {
    this.end(code, reason, true)
  }

  /** The network changed: shows life soon, or ends. */
  probe(): void {
    if (this.over || this.framed.paused) return
    this.pulse.probed(this.init.now())
    this.ping()
  }

  private receive(frame: Frame): void {
    if (this.standing === 'stranger' && ++this.frames > STRANGER_FRAMES_MAX) {
      this.close('too_busy', 'a node that is no contact may not send this much')
      return
    }
    if (frame.type === 'ping') this.say({ type: 'pong' }, true)
    else if (frame.type === 'bye') this.end(frame.code, frame.reason, false)
    else if (frame.type === 'hello') this.renew(frame)
    else if (this.standing === 'contact' || STRANGER_FRAMES.has(frame.type)) this.deliver(frame)
  }

  private deliver(frame: Frame): void {
    if (frame.type === 'pong' || frame.type === 'unknown') return
    this.handle(frame.type, (handler) => handler.frame(frame))
  }

  /** A mistake of the layer above costs its session, not the process. */
  private handle(what: string, tell: (handler: SessionHandler) => void): void {
    try {
      if (this.handler) tell(this.handler)
    } catch (error) {
      this.init.log.error({ err: error, what }, 'a session handler failed')
      this.close('internal', 'this node made a mistake')
    }
  }

  /** A later Hello announces a new name or device list, not another person. */
  private renew(hello: HelloFrame): void {
    if (++this.hellos > HELLOS_PER_SESSION_MAX) {
      return this.close('too_busy', 'a node need not say Hello this often')
    }
    const { devices } = hello
    const same = devices.account === this.account && devices.devices.includes(this.device)
    // The list that was checked before is not checked again: checking costs, saying it does not.
    const isKnown = isDeepStrictEqual(devices, this.hello.devices)
    if (!same || (!isKnown && !verifyDeviceList(devices))) {
      this.close('protocol_error', 'a later hello is of another account')
      return
    }
    this.hello = hello
    this.deliver(hello)
  }

  private tick(): void {
    const { beat } = this.init
    const now = this.init.now()
    if (this.standing === 'stranger' && now - this.openedAtMs >= STRANGER_SESSION_MAX_MS) {
      this.close('stranger', 'the time for nodes that are no contacts is over')
      return
    }
    const verdict = this.pulse.look(now, beat.quietMs, !this.framed.paused)
    if (verdict === 'ping') this.ping()
    else if (verdict) this.dead(verdict.dead)
  }

  private ping(): void {
    this.pulse.pinged(this.init.now())
    this.say({ type: 'ping' }, true)
  }

  private say(frame: Frame, first = false): void {
    this.pulse.said(this.init.now())
    this.framed.send(frame, first)
  }

  /**
   * Over a slow line a page takes long, and what the other side asks waits behind it: that this one
   * lives is said unasked then.
   */
  private hear(bytes: number, isInside: boolean): void {
    this.receivedBytes += bytes
    this.heardAtMs = Date.now()
    const now = this.init.now()
    this.pulse.heard(now)
    if (isInside && this.pulse.isSilent(now)) this.say({ type: 'pong' }, true)
  }

  private congestion(congested: boolean): void {
    if (this.over) return
    this.handle('congested', (handler) => handler.congested(congested))
    if (!congested) for (const { resolve } of this.waiting.splice(0)) resolve()
  }

  private lost(error: TidingsError | undefined): void {
    if (!error) this.end('lost', 'the connection ended', false)
    else if (error.code === 'internal') this.end('lost', error.message, false)
    else this.end(error.code, error.message, true)
  }

  private dead(reason: string): void {
    const { framed, line } = this.init
    this.finish('timeout', reason, () => cutLine(framed, line.connection, reason))
  }

  private end(code: string, reason: string, sayBye: boolean): void {
    const { framed, line, log } = this.init
    const bye = sayBye ? ({ type: 'bye', code, reason } as const) : undefined
    this.finish(code, reason, () => closeLine(framed, line.connection, bye, log))
  }

  private finish(code: string, reason: string, close: () => Promise<void>): void {
    if (this.over) return
    this.over = { code, reason }
    this.endBeat?.()
    this.init.ended(this, code, close())
    for (const { reject } of this.waiting.splice(0)) reject(sessionEnded(reason))
    this.handle('closed', (handler) => handler.closed(code, reason))
  }
}

function sessionEnded(reason: string): TidingsError {
  return new TidingsError('unreachable', `the session ended: ${reason}`)
}
