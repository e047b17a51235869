// How a connection becomes a session. The dialer says Hello; the other side checks that the device
// it is connected with is named in a device list that its account signed, asks the layer above what
// this account is to it, and answers with its own Hello, which the dialer checks in the same way.
// So who is refused learns nothing, not even a name (docs/PROTOCOL.md, "Hello").
import { TidingsError, toTidingsError } from '../core/errors.ts'
import type { Frame, HelloFrame } from '../core/frames.ts'
import type { DeviceId } from '../core/id.ts'
import { HELLO_TIMEOUT_MS } from '../core/limits.ts'
import type { Logger } from '../core/logger.ts'
import { verifyDeviceList } from '../wire/devices.ts'
import { FramedStream } from './framed.ts'
import { guarded } from './guarded.ts'
import type { Line } from './host.ts'
import { closeLine } from './line.ts'
import type { NetHooks } from './net.ts'
import { waitOwnTime } from './own-time.ts'
import { ChatSession, type SessionInit } from './session.ts'
import type { SessionTable } from './sessions.ts'
import type { TrafficCount } from './traffic.ts'
import type { Turns } from './turns.ts'

export interface GreeterInit extends Pick<SessionInit, 'beat' | 'now' | 'log' | 'ended'> {
  readonly hooks: Pick<NetHooks, 'hello' | 'admit' | 'session'>
  readonly table: SessionTable<ChatSession>
  readonly turns: Turns
  readonly traffic: TrafficCount
  readonly opened: (session: ChatSession) => void
  /**
   * A dial of this node to the device that is about to become the session that stays: an incoming
   * one waits for its outcome, or it would come and go within a moment.
   */
  readonly ownDial: (device: DeviceId) => Promise<unknown> | undefined
  /** Told of connections that end without having been a session. */
  readonly closing: (closing: Promise<void>) => void
}

const MISTAKE = 'this node made a mistake'

/** Why a greeting failed; `code` is the one in the Bye, whichever side said it. */
export class GreetingError extends Error {
  override readonly name = 'GreetingError'
  readonly code: string

  constructor(code: string, reason: string) {
    super(reason)
    this.code = code
  }
}

/** @throws GreetingError */
export function greet(line: Line, address: string, init: GreeterInit): Promise<ChatSession> {
  return new Greeting(line, address, init).done.promise
}

class Greeting {
  readonly done = Promise.withResolvers<ChatSession>()
  private readonly line: Line
  private readonly address: string
  private readonly init: GreeterInit
  private readonly log: Logger
  private readonly framed: FramedStream
  private readonly stopWaiting: () => void
  private settled = false

  constructor(line: Line, address: string, init: GreeterInit) {
    this.line = line
    this.address = address
    this.init = init
    this.log = init.log.child({ device: line.device })
    this.framed = new FramedStream(
      line.stream,
      {
        frame: (frame) => this.receive(frame),
        heard: () => {},
        congested: () => {},
        ended: (error) => this.ended(error),
      },
      { turns: init.turns, traffic: init.traffic, log: this.log },
    )
    const late = (): void => this.refuse('timeout', 'no hello came in time')
    this.stopWaiting = waitOwnTime(HELLO_TIMEOUT_MS, guarded(this.log, 'hello timeout', late))
    if (this.isInitiator) this.guard(() => this.sayHello())
  }

  private receive(frame: Frame): void {
    if (this.settled) return
    if (frame.type === 'hello') this.guard(() => this.check(frame))
    else if (frame.type === 'bye') this.fail(new GreetingError(frame.code, frame.reason))
    else this.refuse('protocol_error', 'the first frame was not a hello')
  }

  // The version needs no check: wire refuses 0, a later minor version adds only frames that are
  // skipped here, and what would break is another stream protocol.
  private check(hello: HelloFrame): void {
    const { device } = this.line
    if (!hello.devices.devices.includes(device) || !verifyDeviceList(hello.devices)) {
      this.refuse('identity_mismatch', 'the account did not sign for this device')
      return
    }
    const standing = this.init.hooks.admit(device, hello)
    if (standing === 'refuse') {
      this.refuse('refused', 'this node does not want this session')
      return
    }
    const session = new ChatSession({
      line: this.line,
      framed: this.framed,
      hello,
      address: this.address,
      initiator: this.isInitiator,
      standing,
      beat: this.init.beat,
      now: this.init.now,
      log: this.log,
      ended: this.init.ended,
    })
    const ownDial = this.isInitiator ? undefined : this.init.ownDial(device)
    if (ownDial) this.openAfter(ownDial, session)
    else this.open(session)
  }

  private openAfter(ownDial: Promise<unknown>, session: ChatSession): void {
    this.framed.pause()
    const open = guarded(this.log, 'hello', () => {
      if (this.settled) return
      this.open(session)
      this.framed.resume()
    })
    ownDial.then(open, open)
  }

  private get isInitiator(): boolean {
    return this.line.connection.direction === 'outbound'
  }

  private sayHello(): void {
    this.framed.send(this.init.hooks.hello(this.line.device))
  }

  private open(session: ChatSession): void {
    if (!this.init.table.adopt(session)) {
      this.refuse('duplicate', 'both sides dialed; the other session stays')
      return
    }
    this.settle()
    try {
      if (!this.isInitiator) this.sayHello()
      session.open((opened) => this.init.hooks.session(opened))
    } catch (error) {
      session.close('internal', MISTAKE)
      this.done.reject(error)
      throw error
    }
    this.done.resolve(session)
    if (!session.isOver) this.init.opened(session)
  }

  /** Runs what asks the layer above, which must not leave a connection hanging when it throws. */
  private guard(step: () => void): void {
    try {
      step()
    } catch (error) {
      this.log.error({ err: error }, 'a hello could not be handled')
      this.refuse('internal', MISTAKE)
    }
  }

  private ended(error: TidingsError | undefined): void {
    if (error && error.code !== 'internal') this.refuse(error.code, error.message)
    else this.fail(new GreetingError('lost', 'the connection ended before a hello'))
  }

  private refuse(code: string, reason: string): void {
    this.fail(new GreetingError(code, reason), true)
  }

  private fail(error: GreetingError, sayBye = false): void {
    if (this.settled) return
    this.settle()
    const bye = sayBye
      ? ({ type: 'bye', code: error.code, reason: error.message } as const)
      : undefined
    this.init.closing(closeLine(this.framed, this.line.connection, bye, this.log))
    this.done.reject(error)
  }

  private settle(): void {
    this.settled = true
    this.stopWaiting()
  }
}

/** A failed greeting in the words and codes of the API. */
export function greetingFailure(error: unknown): TidingsError {
  if (!(error instanceof GreetingError)) return toTidingsError(error)
  switch (error.code) {
    case 'identity_mismatch':
    case 'protocol_error':
    case 'too_busy':
    case 'timeout':
      return new TidingsError(error.code, error.message, { cause: error })
    default:
      return new TidingsError('unreachable', `no session: ${error.message}`, { cause: error })
  }
}
