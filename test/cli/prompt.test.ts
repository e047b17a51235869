import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'

import type { Streams } from '../../src/cli/context.ts'
import { ask, askNewPassword, askSecret, readPasswordFile } from '../../src/cli/prompt.ts'
import { temporaryFolder } from '../api/harness.ts'

/** A terminal: what is typed is echoed by whoever reads, unless it is in raw mode. */
function terminal() {
  const raw: boolean[] = []
  const stdin = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode: (mode: boolean) => raw.push(mode),
  })
  const stderr = new PassThrough()
  const streams: Streams = { stdin, stdout: new PassThrough(), stderr }
  const shown = async (): Promise<string> => {
    stderr.end()
    return text(stderr)
  }
  return { raw, shown, stdin, streams }
}

test('a secret is read without an echo, and the terminal is put back', async () => {
  const { raw, shown, stdin, streams } = terminal()
  const secret = askSecret(streams, 'Password: ')
  for (const key of ['h', 'u', 'x\x7f', 'sh', '\r']) stdin.write(key)
  assert.equal(await secret, 'hush')
  assert.deepEqual(raw, [true, false])
  assert.equal(await shown(), 'Password: \n')
})

test('Ctrl+C, Ctrl+D and a closed terminal interrupt and put the terminal back', async () => {
  for (const end of ['\x03', '\x04', undefined]) {
    const { raw, stdin, streams } = terminal()
    const secret = askSecret(streams, 'Password: ')
    stdin.write('half')
    if (end === undefined) stdin.end()
    else stdin.write(end)
    await assert.rejects(secret, { code: 'interrupted' })
    assert.deepEqual(raw, [true, false])
  }
})

test('a new password is asked for until both are the same; empty is none', async () => {
  const { shown, stdin, streams } = terminal()
  const password = askNewPassword(streams)
  for (const line of ['alpha', 'beta', 'gamma', 'gamma']) {
    await new Promise((resolve) => setImmediate(resolve))
    stdin.write(`${line}\r`)
  }
  assert.equal(await password, 'gamma')
  assert.doesNotMatch(await shown(), /alpha|beta|gamma/)
  const none = terminal()
  const empty = askNewPassword(none.streams)
  none.stdin.write('\r')
  assert.equal(await empty, undefined)
})

test('a question is answered by a line, and interrupted by the end of input', async () => {
  const { signal } = new AbortController()
  const first = terminal()
  const name = ask(first.streams, 'Name: ', { signal })
  first.stdin.write('  Alice \n')
  assert.equal(await name, 'Alice')
  const second = terminal()
  const nothing = ask(second.streams, 'Name: ', { signal })
  second.stdin.end()
  await assert.rejects(nothing, { code: 'interrupted' })
})

test('a password file gives its first line; none, a long or an empty one is refused', async (t) => {
  const folder = await temporaryFolder(t)
  const file = path.join(folder, 'password')
  await writeFile(file, ' with spaces \r\nand more\n')
  assert.equal(await readPasswordFile(file), ' with spaces ')
  for (const [name, content] of Object.entries({ empty: '\n', long: 'x'.repeat(5000) })) {
    await writeFile(path.join(folder, name), content)
    await assert.rejects(readPasswordFile(path.join(folder, name)), { code: 'bad_input' })
  }
  await assert.rejects(readPasswordFile(path.join(folder, 'none')), { code: 'bad_input' })
})
