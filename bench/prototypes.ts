// Two processes of the prototype, in touch.
import { mkdir } from 'node:fs/promises'
import path from 'node:path'

import { TEXT_BYTES } from './pair.ts'
import { Worker } from './processes.ts'
import type { PrototypeTasks, Sending } from './prototype-tasks.ts'

export const PROTOTYPE = 'prototype'

export type Prototype = Worker<PrototypeTasks>

export async function prototypes<T>(
  folder: string,
  use: (sender: Prototype, receiver: Prototype, to: Omit<Sending, 'count'>) => Promise<T>,
): Promise<T> {
  await mkdir(folder, { recursive: true })
  const start = (): Prototype => new Worker(path.join(import.meta.dirname, 'prototype.ts'))
  await using sender = start()
  await using receiver = start()
  const listen = { directory: path.join(folder, 'receiver') }
  const address = String(await receiver.ask('listen', listen))
  const directory = path.join(folder, 'sender')
  return await use(sender, receiver, { directory, address, textBytes: TEXT_BYTES })
}
