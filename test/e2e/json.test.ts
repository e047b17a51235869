// What commands really print with `--json`, and what the node really answers and tells, against the
// JSON Schema in docs/. Here it may have no field that the schema does not name.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'

import { Ajv2020 } from 'ajv/dist/2020.js'

import { connect } from '../../src/api/client.ts'
import { METHODS } from '../../src/api/methods.ts'
import { API_VERSION } from '../../src/api/version.ts'
import { introduce, Person, ROOT, waitUntil } from './harness.ts'

interface Definitions {
  readonly $id: string
  readonly $defs: Readonly<Record<string, Json>>
}
type Json = Readonly<Record<string, unknown>>

const file = path.join(ROOT, 'docs/api.schema.json')
const schema = JSON.parse(readFileSync(file, 'utf8')) as Definitions

/** The same schema, with every object closed that is not said to be open. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed)
  if (typeof value !== 'object' || value === null) return value
  const same = Object.entries(value).map(([name, item]) => [name, closed(item)] as const)
  const isObject = 'properties' in value && 'type' in value && value.type === 'object'
  // Where more is said to follow, it may.
  const isOpen = 'additionalProperties' in value
  const isClosed = isObject && !isOpen
  return { ...Object.fromEntries(same), ...(isClosed && { additionalProperties: false }) }
}

class Checker {
  readonly seen = new Set<string>()
  readonly #ajv = new Ajv2020({ allErrors: true, strictTypes: false })

  constructor() {
    this.#ajv.addSchema(closed(schema) as Definitions)
  }

  fits(name: string, value: unknown): void {
    const check = this.#ajv.getSchema(`${schema.$id}#/$defs/${name}`)
    assert.ok(check, `there is no schema "${name}"`)
    const isRight = check(value)
    assert.ok(isRight, `${name}: ${this.#ajv.errorsText(check.errors)}\n${JSON.stringify(value)}`)
    this.seen.add(name)
  }

  /** A command that prints one result. */
  async run<T = { id: string }>(
    person: Person,
    command: string,
    args: readonly string[] = [],
    exit = 0,
  ): Promise<T> {
    const words = ['--json', ...command.split(' '), ...args]
    const { code, stdout, stderr } = await person.run(words)
    assert.equal(code, exit, `${words.join(' ')}: ${stderr}`)
    this.fits(`cli.${command.replaceAll(' ', '.')}`, JSON.parse(stdout))
    return JSON.parse(stdout) as T
  }

  /** A command that prints lines, or what it printed. */
  async lines(person: Person, command: string, args: readonly string[]): Promise<void> {
    const { code, stdout, stderr } = await person.run(['--json', command, ...args])
    assert.equal(code, 0, stderr)
    this.all(`cli.${command}.line`, stdout)
  }

  all(name: string, lines: string): void {
    assert.notEqual(lines, '', name)
    for (const line of lines.trimEnd().split('\n')) this.fits(name, JSON.parse(line))
  }

  async refused(person: Person, args: readonly string[], exit: number): Promise<void> {
    const { code, stderr } = await person.run(['--json', ...args])
    assert.equal(code, exit)
    this.fits('cli.error', JSON.parse(stderr))
  }
}

/** A file with a password, as options name it. */
async function passwordFile(person: Person): Promise<string> {
  const name = path.join(person.home, 'password')
  await writeFile(name, 'correct horse\n')
  return name
}

async function withoutNode(check: Checker, alice: Person): Promise<void> {
  const password = await passwordFile(alice)
  await check.run(alice, 'paths')
  await check.run(alice, 'profile create', ['alice', '--no-password'])
  await check.run(alice, 'profile passwd', ['--new-password-file', password])
  await check.run(alice, 'profile passwd', ['--password-file', password, '--no-password'])
  await check.run(alice, 'profile list')
  const { apiVersion } = await check.run<{ apiVersion: number }>(alice, 'status', [], 3)
  assert.equal(apiVersion, API_VERSION)
  await check.run(alice, 'doctor', [], 3)
  await check.refused(alice, ['whoami'], 3)
  await check.refused(alice, ['contact', 'ad'], 2)
  await check.refused(alice, ['send', '--wiat'], 2)
}

async function aboutPeople(check: Checker, alice: Person, carol: Person): Promise<void> {
  const { apiVersion } = await check.run<{ apiVersion: number }>(alice, 'status')
  assert.equal(apiVersion, API_VERSION)
  await check.run(alice, 'doctor', [], 1)
  for (const command of ['whoami', 'invite', 'nearby', 'contacts', 'sync']) {
    await check.run(alice, command)
  }
  await check.run(alice, 'name', ['Alice Lee'])
  const { addresses } = await alice.json<{ addresses: string[] }>('whoami')
  for (const answer of ['reject', 'accept']) {
    await check.run(carol, 'contact add', [addresses[0] ?? '', '--message', 'Hello'])
    await waitUntil(async () => {
      const all = await alice.json<{ name: string; state: string }[]>('contacts')
      return all.some(({ name, state }) => name === 'carol' && state === 'incoming')
    }, 'the request')
    await check.run(alice, `contact ${answer}`, ['carol'])
  }
  await check.run(alice, 'contact rename', ['carol', 'Caro'])
  await check.run(alice, 'contact verify', ['Caro', '--confirm'])
  await check.run(alice, 'contact quota', ['Caro', '2GiB'])
  for (const command of ['show', 'block', 'unblock']) {
    await check.run(alice, `contact ${command}`, ['Caro'])
  }
}

async function aboutMessages(check: Checker, alice: Person): Promise<void> {
  const { id } = await check.run(alice, 'send', ['@bob', 'Pump', 'room', '--wait', 'delivered'])
  await check.run(alice, 'send', ['@bob', 'Yes.', '--reply', id])
  const piped = await alice.run(['--json', 'send', '@bob'], { input: 'three\nfour\n' })
  check.all('cli.send.line', piped.stdout)
  await check.run(alice, 'tail', ['--cursor'])
  await check.run(alice, 'edit', [id, 'Pump room, at four'])
  await check.run(alice, 'edits', [id])
  await check.run(alice, 'react', [id, '👍'])
  await check.run(alice, 'pin', [id])
  await check.run(alice, 'pins', ['@bob'])
  await check.run(alice, 'history', ['@bob'])
  await check.lines(alice, 'search', ['pump'])
  await check.lines(alice, 'logs', ['-n', '5'])
  await check.run(alice, 'unpin', [id])
  await check.run(alice, 'delete', [id])
  await check.run(alice, 'disappear', ['@bob', '1d'])
  await check.run(alice, 'disappear', ['@bob', 'off'])
  await check.run(alice, 'draft', ['@bob', 'Lunch at'])
  await check.run(alice, 'conversations')
  await check.run(alice, 'mute', ['@bob', '--for', '8h'])
  await check.run(alice, 'unmute', ['@bob'])
  await check.run(alice, 'tell', ['typing', 'off', '--in', '@bob'])
  await check.run(alice, 'read', ['@bob'])
  await check.run(alice, 'sync', ['@bob'])
  await check.refused(alice, ['send', '@nobody', 'hi'], 1)
}

async function aboutGroups(check: Checker, alice: Person, bob: Person): Promise<void> {
  await check.run(alice, 'group create', ['crew', '--topic', 'pumps'])
  await check.run(alice, 'group invite', ['crew', 'bob'])
  await waitUntil(async () => {
    return (await bob.json<unknown[]>('group', 'list')).length > 0
  }, 'the invitation')
  await check.run(bob, 'group list')
  await check.run(bob, 'group join', ['crew'])
  await waitUntil(async () => {
    const all = await alice.json<{ joined: boolean }[]>('group', 'members', 'crew')
    return all.length === 2 && all.every(({ joined }) => joined)
  }, 'bob joined')
  await check.run(alice, 'group members', ['crew'])
  for (const command of ['promote', 'demote']) {
    await check.run(alice, `group ${command}`, ['crew', 'bob'])
  }
  await check.run(alice, 'group topic', ['crew', 'valves'])
  await check.run(alice, 'group rename', ['crew', 'night'])
  await check.run(alice, 'group open', ['night'])
  await check.run(bob, 'group nearby')
  await check.run(alice, 'send', ['#night', 'All hands.'])
  await check.run(alice, 'history', ['#night'])
  await check.run(alice, 'group remove', ['night', 'bob'])
  await check.run(alice, 'group leave', ['night'])
}

async function aboutKeeping(check: Checker, alice: Person): Promise<void> {
  const at = (name: string): string => path.join(alice.home, name)
  const password = ['--password-file', await passwordFile(alice)]
  await check.run(alice, 'export', ['@bob', '--output', at('bob.jsonl')])
  await check.lines(alice, 'export', ['@bob'])
  await check.run(alice, 'archive import', [at('bob.jsonl'), '--name', 'old'])
  await check.run(alice, 'archive list')
  await check.run(alice, 'archive show', ['old'])
  await check.run(alice, 'archive remove', ['old'])
  await check.run(alice, 'profile export', [at('a.tidings'), ...password])
  await check.run(alice, 'profile import', [at('a.tidings'), 'copy', ...password])
}

/** What no command prints as it is, asked over the socket. */
async function overSocket(check: Checker, alice: Person, bob: Person): Promise<void> {
  await using client = await connect({ home: alice.home, profile: alice.name })
  const conversation = '@bob'
  const { id } = await client.send({ to: conversation, text: 'again' })
  check.fits('wait.result', await client.wait({ id, state: 'delivered', timeoutMs: 10_000 }))
  check.fits('typing.result', await client.typing({ conversation }))
  check.fits('export.result', await client.call('export', { conversation }))
  const end = AbortSignal.timeout(10_000)
  check.fits('search.result', await client.search({ query: 'again' }, { signal: end }).started)
  await check.run(bob, 'stop')
  await waitUntil(async () => (await client.contacts()).every(({ online }) => !online), 'bob left')
  await check.run(alice, 'send', ['@bob', 'Not so.'])
  await check.run(alice, 'undo', ['--conversation', '@bob'])
  await check.run(alice, 'contact remove', ['bob'])
  check.fits('stop.result', await client.stop())
  await client.closed
}

test('what is printed, answered and told fits the JSON Schema', async (t) => {
  const check = new Checker()
  const [alice, bob, carol] = [
    await Person.create(t, 'alice'),
    await Person.create(t, 'bob'),
    await Person.create(t, 'carol'),
  ]
  await withoutNode(check, alice)
  check.fits('cli.start', await alice.start())
  const tail = alice.spawn(['--json', 'tail', '--since', '0'])
  assert.ok(tail.stdout)
  const told = text(tail.stdout)
  await introduce(alice, bob, await bob.start('--accept', 'auto'))
  check.fits('cli.start', await carol.start())
  await aboutPeople(check, alice, carol)
  await aboutMessages(check, alice)
  await aboutGroups(check, alice, bob)
  await aboutKeeping(check, alice)
  await overSocket(check, alice, bob)
  check.all('cli.tail.line', await told)

  const kinds = (await told).split('\n').filter(Boolean)
  const types = new Set(kinds.map((line) => (JSON.parse(line) as { type: string }).type))
  for (const type of ['message', 'changed', 'state', 'presence', 'request', 'contact', 'group']) {
    assert.ok(types.has(type), `no event "${type}" was told`)
  }
  assertAllSeen(check.seen)
})

/** Of the system's manager of services: `service.test.ts` has one. */
const SERVICE = ['install', 'uninstall', 'status'].map((name) => `cli.service.${name}`)
/** Nobody comes or goes where nothing is discovered. */
const NOT_HERE = new Set(['cli.nearby.line', ...SERVICE])

/** Every command was looked at, and every method, be it through its command. */
function assertAllSeen(seen: ReadonlySet<string>): void {
  const commands = Object.keys(schema.$defs).filter((name) => name.startsWith('cli.'))
  const missing = commands.filter((name) => !seen.has(name) && !NOT_HERE.has(name))
  assert.deepEqual(missing, [])
  // Most commands print what their method answers.
  const isSeen = (name: string): boolean => {
    const isMethods = schema.$defs[`cli.${name}`]?.['$ref'] === `#/$defs/${name}.result`
    return seen.has(`${name}.result`) || (isMethods && seen.has(`cli.${name}`))
  }
  const methods = Object.keys(METHODS).filter((name) => name !== 'status' && !isSeen(name))
  assert.deepEqual(methods, [])
}
