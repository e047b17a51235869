// docs/API.md, from the table of methods: what a program has to know that talks to a node, or
// reads what commands print with `--json`.
import * as v from 'valibot'

import { METHODS, type MethodSpec } from '../src/api/methods.ts'
import * as shapes from '../src/api/shapes.ts'
import { ANY_ERRORS } from '../src/api/spec.ts'
import { API_VERSION } from '../src/api/version.ts'
import { ERROR_CODES } from '../src/core/errors.ts'
import {
  RPC_CLIENTS_MAX,
  RPC_LINE_BYTES_MAX,
  RPC_PENDING_PER_CLIENT_MAX,
} from '../src/core/limits.ts'
import { sampleOf } from './api-samples.ts'
import { commandSchemas, methodSchemas, pretty, SCHEMA_ID, shapeSchema } from './docs-schema.ts'
import { SHAPES } from './docs-shapes.ts'
import { table } from './markdown.ts'

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
- Who closes their own side only, as \`nc -N\` does, is still answered what they asked, streams
  included.
- A line has at most ${LINE_BYTES} bytes towards the node: a longer one is refused and the
  connection closed. Answers may be longer. There is room for ${RPC_CLIENTS_MAX} connections, and
  for ${PENDING} requests under way on each; who does not read the answers is not read from.
- Shapes may gain fields and events may gain kinds: skip what you do not know
  ([Versions](#versions)).

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

## Versions

This is version ${API_VERSION}. \`tidings status --json\` tells it as \`apiVersion\`, with or
without a node, and so does the method \`status\`. The number rises when something breaks for
whoever relies on what is written here:

- a method, a command, a parameter, a field, a kind of event, an error code or an exit code goes, is
  called something else, or means something else;
- a field has another type, or may be null that could not be; a parameter is required that was not,
  or takes less than before.

It does not rise for what comes in addition: methods, commands, optional parameters, fields, kinds
of events, error codes, further words where a field is one of several, such as \`state\`. Skip what
you do not know. Words for people, the order of fields, and what commands print without \`--json\`
may change at any time.

[api.schema.json](api.schema.json) has all of this as [JSON Schema](https://json-schema.org)
(2020-12), with the version in its \`$id\`, \`${SCHEMA_ID}\`. Under \`$defs\` stand shapes by their
names, such as \`Message\` and \`Event\`; of each method \`send.params\` and \`send.result\`; and
what commands print, such as \`cli.status\`, \`cli.tail.line\` for each line of a stream, and
\`cli.error\`. Parameters that are not named there are refused; results may have more fields than
are named.
`

/** docs/API.md */
export function apiDocument(): string {
  const methods: [string, MethodSpec][] = Object.entries(METHODS)
  return [
    INTRODUCTION,
    '## Methods\n',
    ...methods.map(([name, spec]) => describeMethod(name, spec)),
    '## Events\n',
    'What `tail` tells, one notification each. Every event has a `cursor`. After a cursor come',
    'again, in order and none left out, `message`, `changed`, `undone`, `request` and `contact`.',
    'All others are told to who listens just then: `history` tells which state a message has',
    'reached, `contacts` who is online, `conversations` what is unread, `group.list` which groups',
    'one is invited to, `doctor` what does not work.\n',
    ...shapes.event.options.map(describeEvent),
    '',
    folded(shapeSchema('Event')),
    '## Shapes\n',
    ...Object.entries(SHAPES).map(([name, shape]) => {
      return `### ${name}\n\n${fieldTable(shape)}\n${folded(shapeSchema(name))}`
    }),
    describePrinted(),
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
    folded(methodSchemas(spec)),
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

/** What stands in the way of nobody who does not look for it; what it means the tables tell. */
function folded(schema: object): string {
  const json = ['```json', pretty(withoutWords(schema)), '```'].join('\n')
  return `<details><summary>JSON Schema</summary>\n\n${json}\n\n</details>\n`
}

function withoutWords(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutWords)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([name, item]) => {
    return name !== 'description' || typeof item !== 'string'
  })
  return Object.fromEntries(entries.map(([name, item]) => [name, withoutWords(item)]))
}

/** Where a command prints something else than its method answers. */
function describePrinted(): string {
  const own = Object.entries(commandSchemas()).filter(([name, schema]) => {
    return schema['$ref'] !== `#/$defs/${name.slice('cli.'.length)}.result`
  })
  return [
    '## What commands print\n',
    'With `--json` a command prints the result of its method, on one line. What others print:\n',
    '- `.line` is one line of many: of `nearby --watch`, `search`, `tail`, `send` without a text,',
    '  and of an export as JSON Lines. `export` prints one result only when it writes a file.',
    '- `cli.error` goes to standard error, and the exit code says the rest.\n',
    folded(Object.fromEntries(own)),
  ].join('\n')
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
    `Any method may answer ${ANY_ERRORS.map((code) => `\`${code}\``).join(', ')}.\n`,
    table(['code', 'JSON-RPC', 'exit code of the command'], rows),
  ].join('\n')
}
