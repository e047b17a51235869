// Processes of a benchmark: each runs a file that answers tasks, told by messages what to do.
import { type ChildProcess, fork, type ForkOptions } from 'node:child_process'
import { once } from 'node:events'

interface Answer {
  readonly id: number
  readonly result?: unknown
  readonly error?: string
}

/** `Tasks` maps what may be asked to its parameters. */
export class Worker<Tasks extends object> {
  private readonly child: ChildProcess
  private readonly waiting = new Map<number, (answer: Answer) => void>()
  private lastId = 0

  /** @param file a module that calls `answerTasks` */
  constructor(file: string, options: ForkOptions = {}) {
    this.child = fork(file, options)
    this.child.setMaxListeners(0)
    this.child.on('message', (message) => {
      const answer = message as Answer
      this.waiting.get(answer.id)?.(answer)
      this.waiting.delete(answer.id)
    })
  }

  async ask<K extends keyof Tasks & string>(task: K, params: Tasks[K]): Promise<unknown> {
    const id = ++this.lastId
    const answer = await new Promise<Answer>((resolve, reject) => {
      this.waiting.set(id, resolve)
      this.child.once('exit', () => reject(new Error(`a process ended during ${task}`)))
      this.child.send({ id, task, params })
    })
    if (answer.error !== undefined) throw new Error(`${task}: ${answer.error}`)
    return answer.result
  }

  end(): void {
    this.child.kill('SIGKILL')
  }

  /** Resolves when the process is gone, and so is whatever it held. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return
    const exited = once(this.child, 'exit')
    this.end()
    await exited
  }
}

/** On the side of the process: answers until the parent is gone. */
export function answerTasks<Tasks extends object>(tasks: Answers<Tasks>): void {
  const answer = async ({ id, task, params }: Asked<Tasks>): Promise<void> => {
    try {
      process.send?.({ id, result: await tasks[task](params) })
    } catch (error) {
      process.send?.({ id, error: error instanceof Error ? error.stack : String(error) })
    }
  }
  process.on('message', (message) => void answer(message as Asked<Tasks>))
  process.on('disconnect', () => process.exit())
}

export type Answers<Tasks> = { readonly [K in keyof Tasks]: (params: Tasks[K]) => unknown }

interface Asked<Tasks> {
  readonly id: number
  readonly task: keyof Tasks
  readonly params: Tasks[keyof Tasks]
}
