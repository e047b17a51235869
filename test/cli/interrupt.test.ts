// Ctrl+C, once, ends a command that waits for a node, or for what somebody types.
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { test, type TestContext } from 'node:test'

import { findPlaces } from '../../src/api/places.ts'
import type { Invocation } from '../../src/cli/commands/action.ts'
import { readTypedMessage } from '../../src/cli/message-input.ts'
import { TidingsError } from '../../src/core/errors.ts'
import { Person } from '../e2e/harness.ts'

const BIN = path.join(import.meta.dirname, '../../bin/tidings.js')

const isGnu = spawnSync('tail', ['--version']).stdout?.includes('GNU') ?? false

type Answers = Readonly<Record<string, unknown>>

/** What a command waits for, of a node that answers nothing else. */
const WAITING: readonly (readonly [command: string, waitsFor: string, answers: Answers])[] = [
  ['nearby', 'nearby', {}],
  ['invite', 'invite', {}],
  ['status', 'status', {}],
  ['stop', 'status', {}],
  ['stop', 'the end', { status: { pid: process.pid }, stop: { done: true } }],
  ['doctor', 'status', {}],
  ['doctor', 'doctor', { status: {} }],
]

for (const [command, waitsFor, answers] of WAITING) {
  test(`Ctrl+C ends "${command}" that waits for ${waitsFor}`, async (t) => {
    const home = await mkdtemp(path.join(tmpdir(), 'tidings-interrupt-'))
    t.after(() => rm(home, { recursive: true }))
    const alice = new Person('alice', home)
    const isWaiting = await standIn(t, alice, waitsFor, answers)
    const child = alice.spawn(['--json', command])
    t.after(() => child.kill('SIGKILL'))
    assert.ok(child.stderr)
    const words = text(child.stderr)
    const exit = once(child, 'exit')
    await isWaiting()
    child.kill('SIGINT')
    assert.deepEqual(await exit, [130, null])
    const { error } = JSON.parse(await words) as { error: { code: string } }
    assert.equal(error.code, 'interrupted')
  })
}

test(
  'who stops reading "nearby --watch" ends it while it waits, too',
  { skip: !isGnu },
  async (t) => {
    const home = await mkdtemp(path.join(tmpdir(), 'tidings-interrupt-'))
    t.after(() => rm(home, { recursive: true }))
    const alice = new Person('alice', home)
    const isWaiting = await standIn(t, alice, 'nearby', { tail: { cursor: '1.0.0' } })
    const gone = path.join(home, 'gone')
    const reader = `while [ ! -e "$GONE" ]; do sleep 0.05; done`
    const pipeline = `{ "$NODE" "$BIN" nearby --watch; echo "exit $?" >&2; } | ${reader}`
    const env = { ...alice.env, NODE: process.execPath, BIN, GONE: gone }
    const shell = spawn('sh', ['-c', pipeline], { env, stdio: ['ignore', 'ignore', 'pipe'] })
    t.after(() => shell.kill('SIGKILL'))
    const words = text(shell.stderr)
    await isWaiting()
    await writeFile(gone, '')
    assert.equal(await words, 'exit 0\n')
  },
)

test('Ctrl+C ends the typing of a message', { timeout: 5000 }, async () => {
  const stop = new AbortController()
  const stdin = new PassThrough()
  const context = { canAsk: false, signal: stop.signal, streams: { stdin } }
  const typed = readTypedMessage({ context, output: {} } as unknown as Invocation)
  stdin.write('Half a ')
  stop.abort(new TidingsError('interrupted', 'interrupted'))
  await assert.rejects(typed, { code: 'interrupted' })
})

/** @returns what resolves once somebody waits for that */
async function standIn(
  t: TestContext,
  { home, name }: Person,
  waitsFor: string,
  answers: Answers,
): Promise<() => Promise<void>> {
  const waiting = Promise.withResolvers<void>()
  const clients = new Set<Socket>()
  const server = createServer((socket) => {
    clients.add(socket)
    socket
      .on('error', () => {})
      .on('data', (line) => {
        const { id, method } = JSON.parse(String(line)) as { id: number; method: string }
        const result = answers[method]
        if (result) socket.write(`${JSON.stringify({ jsonrpc: '2.0', id, result })}\n`)
        // What was answered has to arrive, too.
        if (method === waitsFor) waiting.resolve()
        else if (method === 'stop') setTimeout(() => waiting.resolve(), 200)
      })
  })
  const { socket } = findPlaces({ home, profile: name })
  await mkdir(path.dirname(socket), { mode: 0o700 })
  await once(server.listen(socket), 'listening')
  t.after(() => {
    for (const client of clients) client.destroy()
    server.close()
  })
  return () => waiting.promise
}
