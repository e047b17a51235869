// Writes docs/API.md from the table of methods, or with --check tells whether it is up to date.
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'

import * as v from 'valibot'

import { METHODS, type MethodSpec } from '../src/api/methods.ts'
import * as keeping from '../src/api/shapes-keeping.ts'
import * as shapes from '../src/api/shapes.ts'
import { ERROR_CODES } from '../src/core/errors.ts'
import {
  RPC_CLIENTS_MAX,
  RPC_LINE_BYTES_MAX,
  RPC_PENDING_PER_CLIENT_MAX,
} from '../src/core/limits.ts'
import { sampleOf } from './api-samples.ts'

const FILE = path.join(import.meta.dirname, '../docs/API.md')

const SHAPES = {
  Message: shapes.message,
  Found: shapes.found,
  Contact: shapes.contact,
  NearbyNode: shapes.nearbyNode,
  Status: shapes.status,
  Connection: shapes.connection,
  Queue: shapes.queue,
  Identity: shapes.identity,
  Conversation: shapes.conversation,
  SyncReport: shapes.syncReport,
  Check: shapes.check,
  Archive: keeping.archive,
  Gap: keeping.gap,
} as const

/** What a parameter holds where its name means something else than with other methods. */
const MORE: Readonly<Record<string, object>> = {
  search: { query: 'valve "pump room"', since: '7d', from: 'me' },
}

/** These tell about the node itself. */
const SELF_METHODS = new Set(['status', 'whoami'])

interface Schema extends v.GenericSchema {
  readonly entries?: Readonly<Record<string, Schema>>
  readonly item?: Schema
  readonly wrapped?: Schema
  readonly options?: readonly unknown[]
  readonly literal?: unknown
  readonly default?: unknown
}

const LINE_BYTES = RPC_LINE_BYTES_MAX.toLocaleString('en')
const PENDING = RPC_PENDING_PER_CLIENT_MAX.toLocaleString('en')

const INTRODUCTION = `# The API of a running node

Generated from \`src/api/methods.ts\` by \`node tools/docs.ts\`; \`--check\` verifies it.

A node answers on its control socket: a Unix socket that belongs to the user who runs the node
(\`tidings paths\` tells where it lies). Whoever can open it may do everything. It speaks
[JSON-RPC 2.0](https://www.jsonrpc.org/specification), one message a line, UTF-8, both ways:

\`\`\`console
$ socket=$(tidings paths --json | jq -r .socket)
$ echo '{"jsonrpc":"2.0","id":1,"method":"whoami"}' | nc -U "$socket"
\`\`\`

- Parameters are named. Batches are refused: send one request a line.
- Requests on one connection may overlap; each is answered as it is done. An \`id\` may be used
  again once it is answered. A request without an \`id\` is carried out and not answered.
- The notification \`{"jsonrpc":"2.0","method":"cancel","params":{"id":1}}\` ends the request or
  stream with that id; closing the connection ends all of its own. What is on disk stays.
- A line has at most ${LINE_BYTES} bytes towards the node: a longer one is refused and the
  connection closed. Answers may be longer. There is room for ${RPC_CLIENTS_MAX} connections, and
  for ${PENDING} requests under way on each; who does not read the answers is not read from.
- Shapes may gain fields and events may gain kinds: skip what you do not know.

A method is the command of the same name: \`contact.add\` is \`tidings contact add\`, and what
\`--json\` prints is the result. In TypeScript and JavaScript use the package's client:

\`\`\`ts
import { connect } from 'tidings'

const node = await connect()
await node.send({ to: '@bob', text: 'Lunch?' })
for await (const event of node.tail()) {
  if (event.type === 'message') console.log(event.message.authorName, event.message.text)
}
\`\`\`

In the repository \`examples/\` has whole bots that miss nothing over restarts.
`

const wanted = document()
if (process.argv.includes('--check')) {
  const found = await readFile(FILE, 'utf8').catch(() => '')
  if (found !== wanted) {
    console.error('docs/API.md is not what src/api/methods.ts says; run: node tools/docs.ts')
    process.exitCode = 1
  }
} else {
  await writeFile(FILE, wanted)
}

function document(): string {
  const methods: [string, MethodSpec][] = Object.entries(METHODS)
  return [
    INTRODUCTION,
    '## Methods\n',
    ...methods.map(([name, spec]) => describeMethod(name, spec)),
    '## Events\n',
    'What `tail` tells, one notification each. Every event has a `cursor`.\n',
    ...shapes.event.options.map(describeEvent),
    '## Shapes\n',
    ...Object.entries(SHAPES).map(
      ([name, shape]) => `### ${name}\n\n${fieldTable(shape as Schema)}`,
    ),
    describeErrors(),
  ].join('\n')
}

function describeMethod(name: string, spec: MethodSpec): string {
  const params = { ...(sampleOf(spec.params) as object), ...MORE[name] }
  const hasParams = Object.keys(params).length > 0
  const request = { jsonrpc: '2.0', id: 1, method: name, ...(hasParams && { params }) }
  const answer = { jsonrpc: '2.0', id: 1, result: sampleOf(spec.result, SELF_METHODS.has(name)) }
  const messages = [request, answer]
  if (spec.notifies) {
    const event = sampleOf(spec.notifies)
    messages.push({ jsonrpc: '2.0', method: 'event', params: { id: 1, event } } as never)
    messages.push({ jsonrpc: '2.0', method: 'end', params: { id: 1 } } as never)
  }
  const errors = spec.errors.map((code) => `\`${code}\``).join(', ')
  const command = spec.command?.examples[0]
  const told = spec.notifies && name !== 'tail' ? ` Then tells ${typeOf(spec.notifies)}s.` : ''
  return [
    `### ${name}\n`,
    `${spec.summary}.${command === undefined ? '' : ` Command: \`${command}\`.`}\n`,
    ...(hasParams ? [paramTable(spec.params)] : []),
    `Result: ${typeOf(spec.result)}.${told}${errors === '' ? '' : ` Errors: ${errors}.`}\n`,
    '```json',
    ...messages.map((message) => JSON.stringify(message)),
    '```\n',
  ].join('\n')
}

function paramTable({ entries = {} }: Schema): string {
  const rows = Object.entries(entries).map(([name, entry]) => {
    const isOptional = entry.type === 'optional'
    const inner = isOptional && entry.wrapped ? entry.wrapped : entry
    const standing = isOptional ? 'optional' : 'required'
    const otherwise = entry.default === undefined ? '' : `, else ${JSON.stringify(entry.default)}`
    return [`\`${name}\``, typeOf(inner), `${standing}${otherwise}`, v.getDescription(inner) ?? '']
  })
  return table(['parameter', 'type', '', 'meaning'], rows)
}

function fieldTable({ entries = {} }: Schema): string {
  const rows = Object.entries(entries).map(([name, entry]) => {
    return [`\`${name}\``, typeOf(entry), v.getDescription(entry) ?? '']
  })
  return table(['field', 'type', 'meaning'], rows)
}

function describeEvent(event: (typeof shapes.event.options)[number]): string {
  const { cursor: _cursor, type, ...rest } = event.entries as unknown as Record<string, Schema>
  const fields = Object.entries(rest).map(([name, entry]) => {
    const meaning = v.getDescription(entry)
    return `\`${name}\`: ${typeOf(entry)}${meaning === undefined ? '' : ` (${meaning})`}`
  })
  return `- **${String(type?.literal)}**: ${fields.join('; ')}`
}

function typeOf(schema: Schema): string {
  const named = Object.entries(SHAPES).find(([, shape]) => (shape as unknown) === schema)
  if (named) return `[${named[0]}](#${named[0].toLowerCase()})`
  const { type, item, wrapped, options, entries, literal } = schema
  if (type === 'array' && item) return `list of ${typeOf(item)}`
  if (type === 'nullable' && wrapped) return `${typeOf(wrapped)} or null`
  if (type === 'picklist') return (options ?? []).map((option) => `"${String(option)}"`).join(', ')
  if (type === 'variant') return (options as Schema[]).map(typeOf).join(' or ')
  if (type === 'literal') return `\`${JSON.stringify(literal)}\``
  if (!entries) return type
  const fields = Object.entries(entries).map(([name, entry]) => `\`${name}\` ${typeOf(entry)}`)
  return `object of ${fields.join(', ')}`
}

function describeErrors(): string {
  const rows = Object.entries(ERROR_CODES).map(([code, { rpc, exit }]) => {
    return [`\`${code}\``, String(rpc), String(exit)]
  })
  return [
    '## Errors\n',
    'An error has a stable code in `data.code` and words for a person in `message`:\n',
    '```json',
    JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      error: { code: 1020, message: 'nobody is known as "bbo"', data: { code: 'unknown_name' } },
    }),
    '```\n',
    'Any method may answer `bad_input` and `internal`.\n',
    table(['code', 'JSON-RPC', 'exit code of the command'], rows),
  ].join('\n')
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line), ''].join('\n')
}
