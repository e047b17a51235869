import assert from 'node:assert/strict'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { after, beforeEach, test } from 'node:test'

import { isTidingsError, type TidingsError } from '../../src/core/errors.ts'
import { TEXT_BYTES_MAX } from '../../src/core/limits.ts'
import { editText } from '../../src/repl/outside-editor.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'tidings-outside-'))
const runtime = path.join(folder, 'run')

beforeEach(() => {
  rmSync(runtime, { recursive: true, force: true })
  mkdirSync(runtime)
})
after(() => rmSync(folder, { recursive: true }))

/** Has a text edited by a program of a few lines of shell. */
function edit(text: string, lines: string, signal = new AbortController().signal) {
  const editor = path.join(folder, 'editor.sh')
  writeFileSync(editor, `#!/bin/sh\n${lines}\n`, { mode: 0o755 })
  return editWith(editor, text, signal)
}

function editWith(editor: string, text: string, signal = new AbortController().signal) {
  const env = { ...process.env, VISUAL: '', EDITOR: editor, XDG_RUNTIME_DIR: runtime }
  return editText(text, { env, over: signal })
}

/** The error, and what it says is kept. */
async function failed(editing: Promise<string>): Promise<[error: TidingsError, kept?: Buffer]> {
  const error: unknown = await editing.then(() => undefined).catch((reason: unknown) => reason)
  assert.ok(isTidingsError(error), String(error))
  const [, file] = / is kept in (\/.*)$/.exec(error.message) ?? []
  assert.equal(readdirSync(runtime).length, file === undefined ? 0 : 1)
  if (file === undefined) return [error]
  assert.equal(statSync(file).mode & 0o077, 0)
  assert.equal(statSync(path.dirname(file)).mode & 0o077, 0)
  return [error, readFileSync(file)]
}

test('a text as long as a message may be is taken, without the end of its last line', async () => {
  const longest = 'x'.repeat(TEXT_BYTES_MAX)
  assert.equal(await edit(longest, 'echo >> "$1"'), longest)
  assert.deepEqual(readdirSync(runtime), [])
})

test('a text that is too long is kept in a file that the error names', async () => {
  const line = 'x'.repeat(TEXT_BYTES_MAX)
  const [error, kept] = await failed(edit(line, 'printf y >> "$1"'))
  assert.equal(error.code, 'text_too_long')
  assert.match(error.message, /^a message has at most 32768 bytes, this has 32769; what you wrote/)
  assert.equal(String(kept), `${line}y`)
})

test('a text in another encoding is kept as it is', async () => {
  const [error, kept] = await failed(edit('', `printf 'na\\357ve' > "$1"`))
  assert.equal(error.code, 'text_not_utf8')
  assert.equal(kept?.toString('latin1'), 'naïve')
})

test('a text is kept when the chat ended meanwhile, unless nothing was written', async () => {
  const signal = AbortSignal.abort()
  const [error, kept] = await failed(edit('one', 'printf " two" >> "$1"', signal))
  assert.equal(error.code, 'interrupted')
  assert.equal(String(kept), 'one two')
  rmSync(runtime, { recursive: true })
  mkdirSync(runtime)
  assert.equal(await edit('one', 'true', signal), 'one')
  assert.deepEqual(readdirSync(runtime), [])
})

test('EDITOR is words for a shell, so options may be quoted and variables set', async () => {
  const editor = path.join(folder, "it's here.sh")
  const seen = path.join(folder, 'seen')
  writeFileSync(editor, `#!/bin/sh\nprintf '%s|' "$WIDE" "$@" > '${seen}'\n`, { mode: 0o755 })
  await editWith(`WIDE=yes "${editor}" -c 'set tw=72'`, '')
  const [file = ''] = readFileSync(seen, 'utf8').match(/[^|]*message\.txt/) ?? []
  assert.equal(readFileSync(seen, 'utf8'), `yes|-c|set tw=72|${file}|`)
  assert.equal(path.dirname(path.dirname(file)), runtime)
})

test('an editor that fails says how it ended, and the text is not changed', async () => {
  const ends = [
    ['exit 3', '3'],
    ['kill -KILL $$', '137'],
    ['kill -KILL $PPID', 'SIGKILL'],
  ] as const
  for (const [lines, how] of ends) {
    const [error, kept] = await failed(edit('one', lines))
    assert.equal(error.message, `the editor ended with ${how}; the text is as it was`)
    assert.equal(kept, undefined)
  }
  const [error, kept] = await failed(edit('one', 'printf two > "$1"; exit 1'))
  assert.match(error.message, /^the editor ended with 1; the text is as it was; what you wrote is/)
  assert.equal(String(kept), 'two')
})

test('an editor that is not there, or is no program, is named', async () => {
  writeFileSync(path.join(folder, 'text'), '')
  for (const editor of ['/nowhere/ed -x', path.join(folder, 'text')]) {
    const [error] = await failed(editWith(editor, 'one'))
    assert.equal(error.message, `the editor "${editor}" does not start; EDITOR names another`)
  }
})

test('an interrupt ends neither this program nor the shell around the editor', async () => {
  const lines = `printf two > "$1"; kill -INT $PPID ${process.pid}; kill -QUIT $PPID ${process.pid}`
  assert.equal(await edit('one', `${lines}; sleep 0.3`), 'two')
})
