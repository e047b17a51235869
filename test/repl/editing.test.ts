// Editing on a real terminal of 80 by 24: what is pasted, typed before, written elsewhere.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, afterEach, beforeEach, describe, test } from 'node:test'

import { contact, message } from './people.ts'
import { SELF, StandIn } from './stand-in.ts'
import { hasTmux, Window } from './tmux.ts'

const ON_SCREEN = path.join(import.meta.dirname, 'on-screen.ts')
const folder = mkdtempSync(path.join(tmpdir(), 'tidings-repl-editing-'))
const bob = contact('bob')
const carol = contact('carol')

let standIn: StandIn
let window: Window
let started = 0

const historyFile = (): string => path.join(folder, `${started}.history`)
const command = (): string[] => [
  process.execPath,
  ON_SCREEN,
  path.join(folder, `${started}.sock`),
  historyFile(),
]

async function open(env: Record<string, string> = {}): Promise<void> {
  window = new Window(command(), env)
  await window.shows('tidings>')
  window.type('@bob')
  window.press('Enter')
  await window.shows(/^bob>/m)
}

/** What is being typed: the rows from the prompt on. */
function typed(): string {
  const rows = window.rows()
  const at = rows.findLastIndex((row) => row.startsWith('bob>'))
  return rows
    .slice(at)
    .map((row) => row.slice('bob> '.length))
    .join('\n')
}

const isTyped = (text: string): Promise<string> =>
  window.until(() => typed() === text, JSON.stringify(text))

const newest = (): string | undefined => standIn.messages.at(-1)?.text

async function sends(text: string): Promise<void> {
  window.press('Enter')
  await window.until(() => newest() === text, `sent: ${JSON.stringify(text)}`)
  await isTyped('')
}

after(() => rmSync(folder, { recursive: true }))

describe('editing', { skip: hasTmux() ? false : 'tmux is not installed' }, () => {
  beforeEach(async () => {
    started++
    standIn = new StandIn(path.join(folder, `${started}.sock`), [bob, carol])
    standIn.messages.push(message(bob, 1, 'long ago', { own: true, author: SELF, state: 'read' }))
    await standIn.start()
  })

  afterEach(async () => {
    window.close()
    await standIn.stop()
  })

  test('what is pasted is one text, whatever is in it, and waits for Enter', async () => {
    await open()
    window.type('See: ')
    window.paste('one\n  two\n\u001b[31mred\u001b[0m\u0007\u0004\u0003\u001a\nlast\n')
    await isTyped('See: one\n  two\nred\nlast')
    assert.equal(newest(), 'long ago')
    window.press('C-_')
    await isTyped('See:')
    window.press('M-_')
    await isTyped('See: one\n  two\nred\nlast')
    await sends('See: one\n  two\nred\nlast')
  })

  test('a control character pasted into an empty line neither leaves nor acts', async () => {
    await open()
    window.paste('\u0004\u0003\u001a\u0012kept')
    await isTyped('kept')
    await sends('kept')
  })

  test('30 KB that are pasted are there within a second, and are sent whole', async () => {
    await open()
    const text = Array.from(
      { length: 600 },
      (_, n) => `${n} ${'naïve 日本 words '.repeat(2)}`,
    ).join('\n')
    const bytes = Buffer.byteLength(text)
    assert.ok(bytes > 25_000 && bytes < 32_768, String(bytes))
    const beginMs = performance.now()
    window.paste(text)
    await window.until(() => typed().endsWith('599 naïve 日本 words naïve 日本 words'), 'the end')
    const tookMs = performance.now() - beginMs
    assert.ok(tookMs < 1000, `${tookMs} ms`)
    window.press('BSpace', 'BSpace')
    window.type('!')
    await window.until(() => typed().endsWith('naïve 日本 word!'), 'goes on')
    await sends(`${text.slice(0, -2)}!`)
  })

  test('Ctrl+R looks through what was sent, Enter sends it again, Escape gives up', async () => {
    await open()
    for (const text of ['Lunch at four?', 'tea', 'Lunch at one?']) {
      window.type(text)
      await sends(text)
    }
    window.type('begun')
    window.press('C-r')
    window.type('LUNCH')
    await window.shows(/^\(search: LUNCH\) Lunch at one\?$/m)
    window.press('C-r')
    await window.shows(/^\(search: LUNCH\) Lunch at four\?$/m)
    window.type('x')
    await window.shows(/^\(search: LUNCHx not found\) Lunch at four\?$/m)
    window.press('Escape')
    await isTyped('begun')
    window.press('C-r')
    window.type('four')
    await window.shows(/^\(search: four\) Lunch at four\?$/m)
    window.press('Left')
    window.type(' or five')
    await isTyped('Lunch at four or five?')
    window.press('C-g', 'C-u', 'C-k', 'C-r')
    window.type('four')
    await window.shows(/^\(search: four\) Lunch at four\?$/m)
    await sends('Lunch at four?')
  })

  test('what was typed comes back in the next sitting, also of several lines', async () => {
    await open()
    window.type('one')
    window.press('M-Enter')
    window.type('two ␤ three')
    await sends('one\ntwo ␤ three')
    window.type(' forgotten')
    await sends(' forgotten')
    window.press('C-d')
    await window.until(() => window.exitCode === 0, 'the end')
    window.close()
    assert.equal(readFileSync(historyFile(), 'utf8').split('\n').length, 3)
    await open()
    window.type('begun')
    window.press('Up', 'Up')
    await isTyped('one\ntwo ␤ three')
    window.type('!')
    window.press('C-p', 'Home', 'Delete')
    await isTyped('ne\ntwo ␤ three!')
    window.press('Down', 'Down', 'Down')
    await isTyped('begun')
    window.press('C-u', 'C-p', 'C-p')
    await isTyped('ne\ntwo ␤ three!')
    await sends('ne\ntwo ␤ three!')
    window.press('Up', 'Up', 'Up', 'Up')
    await isTyped('one\ntwo ␤ three')
  })

  test('Alt+E has the text edited by a program, which can be undone', async () => {
    const editor = path.join(folder, 'editor.sh')
    const seen = path.join(folder, 'seen')
    writeFileSync(editor, `#!/bin/sh\ncp "$2" '${seen}'\nprintf 'three\\nfour\\n' > "$2"\n`, {
      mode: 0o755,
    })
    await open({ EDITOR: `${editor} --wait`, VISUAL: '' })
    window.type('one')
    window.press('M-Enter')
    window.type('two')
    await isTyped('one\ntwo')
    window.press('M-e')
    await isTyped('three\nfour')
    assert.equal(readFileSync(seen, 'utf8'), 'one\ntwo')
    window.press('C-_')
    await isTyped('one\ntwo')
    window.press('M-_')
    await sends('three\nfour')
  })

  test('an editor that is not there leaves the text as it was', async () => {
    await open({ EDITOR: '/nowhere/editor', VISUAL: '' })
    window.type('one')
    window.press('M-e')
    await window.shows('the editor "/nowhere/editor" does not start')
    await isTyped('one')
  })

  test('an editor that fails leaves the text as it was, and says so', async () => {
    await open({ EDITOR: 'false', VISUAL: '' })
    window.type('one')
    window.press('M-e')
    await window.shows('! the editor ended with 1; the text is as it was')
    await isTyped('one')
  })

  test('Ctrl+C in an editor is for the editor alone', async () => {
    const editor = path.join(folder, 'patient.sh')
    const go = path.join(folder, 'go')
    const script = [
      '#!/bin/sh',
      'trap "echo told" INT',
      'trap "echo again" QUIT',
      'echo editing',
      `until [ -e '${go}' ]; do sleep 0.05; done`,
      'printf more >> "$1"',
    ].join('\n')
    writeFileSync(editor, script, { mode: 0o755 })
    await open({ EDITOR: editor, VISUAL: '' })
    window.type('one ')
    await isTyped('one')
    window.press('M-e')
    await window.shows('editing')
    window.press('C-c')
    await window.shows('told')
    window.press('C-\\')
    await window.shows('again')
    writeFileSync(go, '')
    await isTyped('one more')
    await sends('one more')
  })

  test('an interrupt from outside gives the terminal back, and keeps what was typed', async () => {
    const pidFile = path.join(folder, 'pid')
    const tell = `echo $$ > '${pidFile}'; exec "$@"`
    window = new Window(['sh', '-c', tell, 'sh', ...command()])
    await window.shows('tidings>')
    await window.enter('@bob', /^bob>/m)
    window.type('keep me please')
    await isTyped('keep me please')
    assert.equal(window.isTaken, true)
    process.kill(Number(readFileSync(pidFile, 'utf8')), 'SIGINT')
    await window.shows('[exit 130]')
    assert.equal(window.isTaken, false)
    assert.equal(standIn.drafts.get(bob.conversation), 'keep me please')
  })

  test('emoji, right to left and wide characters are edited as they are seen', async () => {
    await open()
    window.type('👩‍👩‍👧🇩🇪nai\u0308ve שלום 日本語')
    await isTyped('👩‍👩‍👧🇩🇪nai\u0308ve שלום 日本語')
    window.press('Left', 'BSpace')
    await isTyped('👩‍👩‍👧🇩🇪nai\u0308ve שלום 日語')
    window.press('M-b', 'M-b', 'M-BSpace')
    await isTyped('👩‍👩‍👧🇩🇪שלום 日語')
    window.press('C-a', 'Right', 'Delete')
    await isTyped('👩‍👩‍👧שלום 日語')
    window.press('C-t', 'C-e')
    window.type('!')
    await isTyped('ש👩‍👩‍👧לום 日語!')
    await sends('ש👩‍👩‍👧לום 日語!')
    window.type('長'.repeat(60))
    await isTyped(`${'長'.repeat(36)}\n${'長'.repeat(24)}`)
    window.press('Up')
    window.type('|')
    await isTyped(`${'長'.repeat(24)}|${'長'.repeat(12)}\n${'長'.repeat(24)}`)
    window.press('Down', 'C-k')
    window.type('.')
    await sends(`${'長'.repeat(24)}|${'長'.repeat(36)}.`)
  })

  test('what was cut comes back, in another conversation too', async () => {
    await open()
    window.type('one two')
    window.press('C-w', 'C-w')
    await isTyped('')
    window.type('@carol ')
    window.press('C-y', 'Enter')
    await window.until(() => newest() === 'one two', 'sent')
    assert.equal(standIn.messages.at(-1)?.conversation, carol.conversation)
  })

  test('what was put aside cannot come back elsewhere by undoing', async () => {
    await open()
    window.type('for bob alone')
    await isTyped('for bob alone')
    window.press('C-c')
    await isTyped('')
    window.press('C-_', 'C-_')
    window.type('x')
    await isTyped('x')
  })

  test('Ctrl+Z goes back to the shell, and fg comes back to the line', async () => {
    window = new Window(['bash', '--noprofile', '--norc', '-i'], { PS1: 'shell$ ' })
    await window.shows('shell$')
    window.type(command().join(' '))
    window.press('Enter')
    await window.shows('tidings>')
    window.type('begun')
    await window.shows('tidings> begun')
    window.press('C-z')
    await window.shows(/Stopped/)
    window.type('echo $((6*7))')
    window.press('Enter')
    await window.shows(/^42$/m)
    standIn.receive(bob, 'meanwhile')
    window.type('fg')
    window.press('Enter')
    await window.shows(/tidings> begun$/)
    await window.shows('@bob: meanwhile')
    window.press('C-b')
    window.type('!')
    await window.shows('tidings> begu!n')
  })

  test('Ctrl+Z goes back to the shell from what another program started, too', async () => {
    window = new Window(['bash', '--noprofile', '--norc', '-i'], { PS1: 'shell$ ' })
    await window.shows('shell$')
    window.type(`sh -c '${command().join(' ')}; true'`)
    window.press('Enter')
    await window.shows('tidings>')
    window.press('C-z')
    await window.shows(/Stopped/)
    window.type('fg')
    window.press('Enter')
    await window.shows(/tidings>$/)
    window.type('again')
    await window.shows(/tidings> again$/)
  })

  test('fg comes back to a terminal that has another size meanwhile', async () => {
    window = new Window(['bash', '--noprofile', '--norc', '-i'], { PS1: 'shell$ ' })
    await window.shows('shell$')
    window.type(command().join(' '))
    window.press('Enter')
    await window.shows('tidings>')
    window.press('C-z')
    await window.shows(/Stopped/)
    window.resize(60, 12)
    window.type('fg')
    window.press('Enter')
    await window.shows(/^1:.*bob.*\ntidings>$/m)
    assert.equal(window.rows().length, 12)
  })

  test('Ctrl+Z where there is no shell to go back to comes back to the line', async () => {
    await open()
    window.press('C-z')
    window.type('on')
    await isTyped('on')
    window.type('ward')
    await isTyped('onward')
  })
})
