// The REPL between two pipes: plain lines in, plain lines out, and an exit code.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { after, afterEach, beforeEach, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { contact, message } from './people.ts'
import { StandIn } from './stand-in.ts'

const ON_SCREEN = path.join(import.meta.dirname, 'on-screen.ts')
const folder = mkdtempSync(path.join(tmpdir(), 'tidings-pipe-'))
const bob = contact('bob')
const carol = contact('carol', { online: false })

let standIn: StandIn
let started = 0

const socket = (): string => path.join(folder, `${started}.sock`)

beforeEach(async () => {
  started++
  standIn = new StandIn(socket(), [bob, carol])
  await standIn.start()
})
afterEach(() => standIn.stop())
after(() => rmSync(folder, { recursive: true }))

function start(): {
  write(input: string | Uint8Array): void
  end(input?: string): Promise<{ code: number; out: string; errors: string }>
} {
  const child = spawn(process.execPath, [ON_SCREEN, socket(), path.join(folder, 'history')], {
    env: { ...process.env, TZ: 'UTC', FORCE_COLOR: '1' },
  })
  const out = text(child.stdout)
  const errors = text(child.stderr)
  const exit = once(child, 'exit') as Promise<[number]>
  return {
    write: (input) => void child.stdin.write(input),
    end: async (input = '') => {
      child.stdin.end(input)
      const [code] = await exit
      return { code, out: await out, errors: await errors }
    },
  }
}

const run = (input: string): ReturnType<ReturnType<typeof start>['end']> => start().end(input)
const sent = (): string[] => standIn.messages.filter(({ own }) => own).map((m) => m.text)

test('everything typed is sent, in order, before the program ends with 0', async () => {
  const texts = Array.from({ length: 300 }, (_, n) => `message ${n}`)
  const { code, out, errors } = await run(`@bob\n${texts.join('\n')}`)
  assert.deepEqual(sent(), texts)
  assert.equal(errors, '')
  assert.equal(code, 0)
  const lines = out.trimEnd().split('\n')
  assert.equal(
    lines.filter((line) => /^\d\d:\d\d you: message \d+ \(queued\)$/.test(line)).length,
    300,
  )
})

test('what comes out has no prompt, no escape codes, no signs beyond the messages', async () => {
  standIn.messages.push(message(bob, 1, 'from before'))
  const { code, out } = await run('@bob\n/contacts\n/nearby\n/help\n/status\n/invite\n/doctor\n')
  assert.equal(code, 0)
  assert.match(
    out,
    /^Conversation with bob, online\.\nTuesday, 3 June 2025\.\n14:02 bob: from before\n/,
  )
  assert.match(out, /^ {4}carol +offline +never seen$/m)
  assert.match(out, /tidings:\/\/add\//)
  assert.match(out, /^[\n\x20-\x7e]*$/)
  assert.doesNotMatch(out, /^\S*> /m)
})

test('a line that fails is told on standard error, the others go on, the end is 1', async () => {
  const { code, out, errors } = await run(
    'to nobody\n/whosi bob\n@nobody hello\n/add\n@bob REFUSE this\n@bob fine\n',
  )
  assert.equal(code, 1)
  assert.deepEqual(sent(), ['fine'])
  assert.match(out, /you to bob: fine/)
  assert.match(errors, /^No conversation is open, so this went nowhere\./m)
  assert.match(errors, /^There is no command \/whosi; did you mean \/whois\?$/m)
  assert.match(errors, /^There is no contact called "nobody"\./m)
  assert.match(errors, /^\/add: WHO is missing\. Usage: \/add WHO/m)
  assert.match(errors, /^Not sent: the text is too long$/m)
  assert.equal(errors.trimEnd().split('\n').length, 5)
})

test('a name that fails sends nothing to whoever was open before', async () => {
  const { code, errors } = await run('@bob\nfor bob\n@cralo\nfor carol only\n')
  assert.equal(code, 1)
  assert.deepEqual(sent(), ['for bob'])
  assert.match(errors, /There is no contact called "cralo"\. Did you mean carol\?/)
})

test('a line that is not UTF-8 is refused, whole, and the next one is taken', async () => {
  const repl = start()
  repl.write(Buffer.from([0x40, 0x62, 0x6f, 0x62, 0x20, 0xff, 0xfe, 0x0a]))
  const { code, errors } = await repl.end('@bob good\n')
  assert.equal(code, 1)
  assert.deepEqual(sent(), ['good'])
  assert.equal(errors, 'line 1 is not UTF-8\n')
})

test('events are plain lines while the input is open', async () => {
  const repl = start()
  repl.write('@bob\n')
  // Once the conversation is open, the contacts are known as they were.
  while (standIn.following === 0 || standIn.pages.length === 0) await sleep(20)
  standIn.presence(bob, false)
  standIn.receive(bob, 'with \u001b[31mcolour\u202e and\na second line')
  standIn.receive(carol, 'from elsewhere')
  while (standIn.reads.length === 0) await sleep(20)
  const { code, out } = await repl.end('bye\n')
  assert.equal(code, 0)
  assert.match(out, /^bob is offline$/m)
  assert.match(
    out,
    /^14:02 bob, 2 lines: with \\x1b\[31mcolour\\u\{202e\} and\n {6}a second line$/m,
  )
  assert.match(out, /^14:02 carol to you: from elsewhere$/m)
  assert.deepEqual([...new Set(standIn.reads)], [bob.conversation])
})

test('/quit ends it before the end of the input', async () => {
  const { code, out } = await run('@bob one\n/quit\n@bob two\n')
  assert.equal(code, 0)
  assert.deepEqual(sent(), ['one'])
  assert.match(out, /The node goes on in the background/)
})

test('/me and /reply send to the open conversation, and history shows what they are', async () => {
  const first = standIn.receive(bob, 'Tea or coffee?')
  standIn.receive(bob, 'At four?')
  const { code, out, errors } = await run(
    [
      '@bob',
      '/me nods  twice',
      '/reply Yes.',
      '/reply ^2 Tea.',
      `/reply ${first.id} Green tea.`,
      '/history bob',
      '',
    ].join('\n'),
  )
  assert.equal(errors, '')
  assert.equal(code, 0)
  assert.deepEqual(sent(), ['nods  twice', 'Yes.', 'Tea.', 'Green tea.'])
  const own = standIn.messages.filter((m) => m.own)
  assert.deepEqual(
    own.map(({ action }) => action),
    [true, false, false, false],
  )
  assert.deepEqual(
    own.map(({ replyTo }) => replyTo?.text),
    [undefined, 'At four?', 'Tea or coffee?', 'Tea or coffee?'],
  )
  assert.match(out, /^\d\d:\d\d ann, an action: nods {2}twice \(queued\)$/m)
  assert.match(out, /^\d\d:\d\d you, answering "bob: Tea or coffee\?": Tea\. \(queued\)$/m)
})

test('/reply and /me say what is missing, and send nothing', async () => {
  const { code, errors } = await run('/me waves\n@bob\n/me\n/reply\n/reply ^9 Yes.\n')
  assert.notEqual(code, 0)
  assert.match(errors, /No conversation is open/)
  assert.match(errors, /Usage: \/me TEXT/)
  assert.match(errors, /Usage: \/reply \[WHICH\] TEXT/)
  assert.match(errors, /no such message to answer/)
  assert.deepEqual(sent(), [])
})

test('who sets that messages disappear is told, and so is the setting', async () => {
  const { code, out, errors } = await run(
    '/disappear bob\n/disappear bob 1 day\n@bob\n/disappear\nhi\n',
  )
  assert.equal(code, 0, errors)
  assert.match(out, /^Messages here stay/m)
  assert.match(out, /^Conversation with bob, online; messages disappear after 1 day\.$/m)
  assert.match(out, /^14:02 you set messages to disappear after 1 day$/m)
  assert.match(out, /^New messages here disappear after 1 day, set by ann\.$/m)
})

test('/export writes the open conversation into a file of its own, once', async () => {
  standIn.messages.push(message(bob, 1, 'from before'))
  const file = path.join(folder, 'bob.jsonl')
  const line = `/export --output ${file}\n`
  const { code, out, errors } = await run(
    `@bob\n${line}${line}/export bob\n${line.trim()} --force\n`,
  )
  assert.equal(code, 1)
  assert.equal(out.match(/^Wrote .*bob\.jsonl \(\d+ bytes\): 1 messages$/gm)?.length, 2)
  assert.match(errors, /there is already a file .*bob\.jsonl; --force replaces it$/m)
  assert.match(errors, /^\/export needs a file to write: --output FILE$/m)
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
  assert.deepEqual(lines.length, 2)
  assert.match(lines[1] ?? '', /"text":"from before"/)
  assert.equal(statSync(file).mode & 0o777, 0o600)

  const other = path.join(folder, 'other.md')
  const bad = await run(
    `/export bob --output ${other} --format pdf\n/export bob --output ${other} --since x\n`,
  )
  assert.match(bad.errors, /--format is one of jsonl, markdown, text/)
  assert.match(bad.errors, /--since is a day like/)
  assert.ok(!existsSync(other))
})

test('what keys do on a terminal, commands do here', async () => {
  standIn.standings.set(carol.conversation, { unread: 1, mentions: 0 })
  standIn.unread = 1
  for (let n = 0; n < 40; n++) standIn.messages.push(message(bob, 100 + n, `said ${n}`))
  const { code, out, errors } = await run(
    '/switch\n/next\nto carol\n/switch 1\nto bob\n/earlier\n/close\n/next\n',
  )
  assert.equal(code, 0, errors)
  assert.match(out, /^1 bob, online\n2 carol, 1 not read\n/)
  assert.match(
    out,
    /^Conversation with carol, offline[^]*you: to carol[^]*with bob[^]*you: to bob/m,
  )
  assert.match(out, /you: to bob \(queued\)\n(Tuesday.*\n)?14:02 bob: said 5\n/)
  assert.match(out, /No conversation is open now\.\nNothing is unread\.\n/)
  const bad = await run('@bob\n/editor\n/switch nobody\n')
  assert.equal(bad.code, 1)
  assert.match(
    bad.errors,
    /^There is no terminal here for an editor\.\nThere is no conversation "n/,
  )
})

test('a line that ends in a backslash goes on in the next, up to a bound', async () => {
  const { code, errors } = await run('@bob\none\\\ntwo\nC:\\\\\n/me nods\\\ntwice\nthe end\\')
  assert.deepEqual([code, errors], [0, ''])
  assert.deepEqual(sent(), ['one\ntwo', 'C:\\', 'nods\ntwice', 'the end'])
  const long = `${'x'.repeat(60_000)}\\\n`.repeat(4)
  const refused = await run(`@bob\n${long}end\nfine\n`)
  assert.equal(refused.code, 1)
  assert.match(refused.errors, /^lines that go on have at most [\d,]+ bytes\n$/)
  assert.equal(sent().at(-1), 'fine')
})
