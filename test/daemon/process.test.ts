// The promises of a daemon's process, each kept by a process of its own that runs a stand-in node.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'

const FOLDER = path.join(import.meta.dirname, '../../src/daemon')

/** `stop` is what the node does when asked; `then` is what happens while it runs. */
async function serve(stop: string, then: string, signal?: NodeJS.Signals) {
  const script = `
    import { serveUntilStopped } from ${JSON.stringify(path.join(FOLDER, 'process.ts'))}
    const settled = Promise.withResolvers()
    const node = { ready: {}, stopped: settled.promise, stop() { ${stop}; return settled.promise } }
    setInterval(() => {}, 1000)
    setTimeout(() => { ${then} }, 10)
    console.log('ready')
    await serveUntilStopped(node, {
      detached: false,
      stopMaxMs: 500,
      report: (words) => console.error(words),
    })`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script])
  const errors = text(child.stderr)
  const exit = once(child, 'exit') as Promise<[number | null]>
  await once(child.stdout, 'data')
  const startedAt = Date.now()
  if (signal) setTimeout(() => child.kill(signal), 50)
  const [code] = await exit
  return { code, errors: await errors, tookMs: Date.now() - startedAt }
}

test('a node that stops by itself ends the process with 0, whatever else holds it', async () => {
  assert.equal((await serve('', 'settled.resolve()')).code, 0)
})

test('a signal asks for a clean stop', async () => {
  const { code, errors } = await serve('console.error("closing"); settled.resolve()', '', 'SIGTERM')
  assert.equal(code, 0)
  assert.equal(errors, 'closing\n')
})

test('a stop that fails is told, and exit 1', async () => {
  const { code, errors } = await serve('settled.reject(new Error("disk"))', '', 'SIGTERM')
  assert.equal(code, 1)
  assert.match(errors, /not stopped cleanly: Error: disk/)
})

for (const [how, then] of [
  ['a throw in a listener', 'throw new Error("boom")'],
  ['a rejection nobody waits for', 'Promise.reject(new Error("boom"))'],
] as const) {
  test(`${how} closes the node and is exit 1`, async () => {
    const { code, errors } = await serve('console.error("closing"); settled.resolve()', then)
    assert.equal(code, 1)
    assert.match(errors, /nobody expected: Error: boom[\s\S]*closing/)
  })
}

test('a stop that hangs is left after the bound', async () => {
  const { code, errors, tookMs } = await serve('', '', 'SIGTERM')
  assert.equal(code, 1)
  assert.match(errors, /no clean stop within 0.5 s/)
  assert.ok(tookMs > 500 && tookMs < 3000, `${tookMs} ms`)
})
