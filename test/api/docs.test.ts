import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'

import { Ajv2020 } from 'ajv/dist/2020.js'
import * as v from 'valibot'

import { METHODS } from '../../src/api/methods.ts'
import { parseReply, parseRequest } from '../../src/api/rpc.ts'
import { API_VERSION } from '../../src/api/version.ts'
import { buildProgram } from '../../src/cli/program.ts'
import { ENVIRONMENT } from '../../src/core/environment.ts'
import { ERROR_CODES } from '../../src/core/errors.ts'
import { pagesOf } from '../../tools/commands.ts'
import { hasCommand } from '../cli/shells.ts'

const ROOT = path.join(import.meta.dirname, '../..')
const text = readFileSync(path.join(ROOT, 'docs/API.md'), 'utf8')

test('the documents are what the tables in the code say', () => {
  const { status, stderr } = spawnSync(process.execPath, ['tools/docs.ts', '--check'], {
    cwd: ROOT,
  })
  assert.equal(status, 0, stderr.toString())
})

test('every method is there with a request and an answer that are valid', () => {
  for (const [name, spec] of Object.entries(METHODS)) {
    const section = text.split(`### ${name}\n`)[1]?.split('\n### ')[0] ?? ''
    const [request = '', answer = ''] = section.split('```json\n')[1]?.split('\n') ?? []
    const { method, params } = parseRequest(request)
    assert.equal(method, name)
    v.parse(spec.params, params ?? {})
    const reply = parseReply(answer)
    assert.equal(reply.type, 'result')
    v.parse(spec.result, 'result' in reply && reply.result)
  }
})

test('every error code is there', () => {
  for (const code of Object.keys(ERROR_CODES)) assert.ok(text.includes(`| \`${code}\` |`), code)
})

test('whatever writes names a full disk among its errors', () => {
  const calls = Object.entries(METHODS).filter(([, { errors }]) => {
    return !(errors as readonly string[]).includes('disk_full')
  })
  const reads =
    'archive.list archive.show contact.show contacts conversations doctor edits export ' +
    'group.list group.members group.nearby history invite nearby pins search status stop sync ' +
    'tail typing wait whoami'
  assert.equal(
    calls
      .map(([name]) => name)
      .toSorted()
      .join(' '),
    reads,
  )
})

test('the JSON Schema carries the version, and each method is in it', () => {
  const schema = JSON.parse(readFileSync(path.join(ROOT, 'docs/api.schema.json'), 'utf8')) as {
    $id: string
    $defs: Record<string, object>
  }
  assert.equal(schema.$id, `urn:tidings:api:${API_VERSION}`)
  for (const name of Object.keys(METHODS)) {
    assert.ok(schema.$defs[`${name}.params`] && schema.$defs[`${name}.result`], name)
  }
})

test("the schema of parameters takes the examples' and no others", () => {
  const ajv = new Ajv2020({ strictTypes: false })
  ajv.addSchema(JSON.parse(readFileSync(path.join(ROOT, 'docs/api.schema.json'), 'utf8')) as object)
  const validate = (name: string, value: unknown): unknown => {
    return ajv.getSchema(`urn:tidings:api:${API_VERSION}#/$defs/${name}`)?.(value)
  }
  for (const line of text.split('\n').filter((each) => each.startsWith('{"jsonrpc"'))) {
    const { id, method, params, result } = JSON.parse(line) as Record<string, unknown>
    if (id === undefined || typeof method !== 'string' || result !== undefined) continue
    assert.equal(validate(`${method}.params`, params ?? {}), true, line)
    assert.equal(validate(`${method}.params`, { ...(params as object), typo: 1 }), false, line)
  }
  assert.equal(validate('send.params', { to: '@bob' }), false)
  assert.equal(validate('history.params', { conversation: '@bob', limit: 0 }), false)
})

test('every command is in the manual, with its examples', () => {
  const manual = readFileSync(path.join(ROOT, 'docs/CLI.md'), 'utf8')
  const page = readFileSync(path.join(ROOT, 'docs/tidings.1'), 'utf8')
  for (const { path: name, usage, examples } of pagesOf(buildProgram(() => {}))) {
    assert.ok(manual.includes(`\n### tidings ${name}\n`), name)
    assert.ok(page.includes(`\n.SS ${usage.replaceAll('-', String.raw`\-`)}\n`), name)
    for (const example of examples) assert.ok(manual.includes(`$ ${example}\n`), example)
  }
  for (const name of Object.keys(ENVIRONMENT)) assert.ok(manual.includes(`| \`${name}\` |`), name)
})

const MANUAL = path.join(ROOT, 'docs/tidings.1')

for (const [tool, args] of [
  ['groff', ['-ww', '-man', '-Tutf8']],
  ['mandoc', ['-T', 'lint', '-W', 'warning']],
] as const) {
  const skip = !hasCommand(tool) && `${tool} is not installed`
  test(`${tool} has nothing to say against the manual page`, { skip }, () => {
    const { stdout, stderr } = spawnSync(tool, [...args, MANUAL], { encoding: 'utf8' })
    const complaints = (tool === 'mandoc' ? stdout : '') + stderr
    // A page made from the code has no date: it would be that of each commit.
    assert.equal(complaints.replace(/^.*: missing date, using "".*\n/m, ''), '')
  })
}
