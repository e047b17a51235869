// A request on the control socket while it is being answered.
import type { Notification, StreamName } from '../methods.ts'
import type { RpcRequest } from '../rpc.ts'
import type { CallContext } from './call.ts'

/** Sends an event of a request's stream. */
export type Tell = (running: Running, event: Notification<StreamName>) => Promise<void>

/**
 * A request that is being answered, and what its handler may use of it. Thousands may wait, and
 * most end before anybody asks for anything, so all of that is made when it is asked for.
 */
export class Running implements CallContext {
  readonly request: RpcRequest
  readonly #tell: Tell
  #controller: AbortController | undefined
  #answer: PromiseWithResolvers<void> | undefined
  #isAnswered = false
  #isCancelled = false

  constructor(request: RpcRequest, tell: Tell) {
    this.request = request
    this.#tell = tell
  }

  get isCancelled(): boolean {
    return this.#isCancelled
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.#isCancelled) this.#controller.abort()
    return this.#controller.signal
  }

  get emit(): CallContext['emit'] {
    return (event) => this.#tell(this, event)
  }

  /** Resolves with the answer: events never come before it. */
  get whenAnswered(): Promise<void> {
    if (this.#isAnswered) return Promise.resolve()
    this.#answer ??= Promise.withResolvers()
    return this.#answer.promise
  }

  answered(): void {
    this.#isAnswered = true
    this.#answer?.resolve()
  }

  cancel(): void {
    this.#isCancelled = true
    this.#controller?.abort()
  }
}
