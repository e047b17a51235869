// A process that stands still, as on a machine that sleeps, while somebody writes to it; then it
// goes on as if nothing had been.
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { Lan } from '../../lan/harness.ts'
import { ship, until } from '../../lan/resident.ts'
import { tell } from '../table.ts'
import { BACK_MS_MAX, NOTICED_MS_MAX, Pair, seconds } from './pair.ts'

/** What is said to somebody who sleeps: some before it is noticed, most after. */
const SAID = 200

export async function asleep(t: TestContext, lengthMs: number): Promise<void> {
  await using lan = new Lan()
  await using stack = new AsyncDisposableStack()
  const [ann, bob] = await ship(lan, stack)
  await ann.start()
  await bob.start()
  const pair = await Pair.meet(ann, bob)
  const stoppedAt = performance.now()
  process.kill(bob.pid, 'SIGSTOP')
  // Before anything else ends: a process that stands still cannot be asked to end.
  stack.defer(() => void process.kill(bob.pid, 'SIGCONT'))
  await pair.say(ann, SAID / 4)
  const gone = async (): Promise<boolean> => !(await ann.isOnline(bob))
  const noticedMs = await until(gone, 'ann notices', NOTICED_MS_MAX)
  await pair.say(ann, SAID / 2)
  await sleep(lengthMs - (performance.now() - stoppedAt))
  assert.equal(await gone(), true, 'nobody is online whose process stands still')
  await pair.say(ann, SAID / 4)
  process.kill(bob.pid, 'SIGCONT')
  const { backMs, completeMs } = await pair.back(BACK_MS_MAX)
  await pair.say(bob, 1)
  await until(() => pair.complete(), 'it answers', BACK_MS_MAX)
  await pair.assertWhole()
  tell(t, {
    fault: 'a process that stands still (SIGSTOP)',
    dose: seconds(lengthMs),
    result:
      `noticed ${seconds(noticedMs)}, back ${seconds(backMs)}, ` +
      `${SAID} missed ${seconds(completeMs)}`,
    rssMiB: pair.rssMiB,
  })
}
