// The programs of examples/, as processes at somebody's node.
import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import type { TestContext } from 'node:test'

import { type Person, ROOT } from './harness.ts'

/** Runs examples/NAME.ts in the person's home. */
export function startExample(
  t: TestContext,
  { env, home }: Pick<Person, 'env' | 'home'>,
  [name, ...args]: readonly [name: string, ...args: string[]],
  stdio: StdioOptions = ['ignore', 'inherit', 'inherit'],
): ChildProcess {
  const script = path.join(ROOT, `examples/${name}.ts`)
  const child = spawn(process.execPath, [script, ...args], { cwd: home, env, stdio })
  t.after(() => child.kill('SIGKILL'))
  return child
}

export async function kill(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const exit = once(child, 'exit')
  child.kill(signal)
  await exit
}
