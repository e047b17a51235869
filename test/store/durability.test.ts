// What was reported as accepted is on disk, whatever happens to the process.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { checkRun, emptyHead } from '../../src/core/run.ts'
import type { Store } from '../../src/store/store.ts'
import { open, openNew, SampleLog } from './samples.ts'

const WRITER = import.meta.resolve('./writer.ts')
const ROUNDS = 20

function startWriter(directory: string, width: number): { child: ChildProcess; lines: string[] } {
  const arguments_ = [new URL(WRITER).pathname, directory, String(width)]
  const child = spawn(process.execPath, arguments_, { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines: string[] = []
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line))
  return { child, lines }
}

test(`kill -9, ${ROUNDS} times: what was accepted is there, in one piece`, async (t) => {
  const { directory, store: fresh } = await openNew(t)
  await fresh.close()
  let accepted = 0
  for (let round = 0; round < ROUNDS; round++) {
    const { child, lines } = startWriter(directory, round % 2 === 0 ? 1 : 16)
    while (!lines.some((line) => line.startsWith('accepted'))) await sleep(2)
    await sleep((round * 7) % 40)
    child.kill('SIGKILL')
    await once(child, 'close')
    assert.deepEqual(
      lines.filter((line) => line.startsWith('failed')),
      [],
    )
    accepted = Number(lines.at(-1)?.split(' ')[1])
    const store = await open(directory)
    try {
      assert.ok((await verifyLog(store)) >= accepted, `round ${round}: ${accepted} were accepted`)
      assert.deepEqual(store.damage, [])
    } finally {
      await store.close()
    }
  }
  assert.ok(accepted > ROUNDS)
})

/** Entries of the log, each checked. */
async function verifyLog(store: Store): Promise<number> {
  const { conversation, device } = SampleLog.of('writer')
  const [record] = await store.heads()
  const length = record?.head.seq ?? 0
  let head = emptyHead(conversation, device)
  while (head.seq < length) {
    const page = await store.readPage(conversation, device, head.seq + 1, length)
    assert.ok(page)
    assert.equal(String(page.entries[0]), `entry ${page.first}`)
    const check = checkRun(page, head)
    assert.ok(check.outcome === 'extends')
    head = check.head
  }
  assert.deepEqual(Buffer.from(head.hash), Buffer.from(record?.head.hash ?? []))
  return length
}

test('a second process is refused while the first one goes on', async (t) => {
  const { directory, store } = await openNew(t)
  const { child, lines } = startWriter(directory, 1)
  await once(child, 'close')
  assert.deepEqual(lines, ['failed database_busy'])
  await new SampleLog().append(store, ['still writing'])
})
