import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'

import * as v from 'valibot'

import { METHODS } from '../../src/api/methods.ts'
import { parseReply, parseRequest } from '../../src/api/rpc.ts'
import { ERROR_CODES } from '../../src/core/errors.ts'

const ROOT = path.join(import.meta.dirname, '../..')
const text = readFileSync(path.join(ROOT, 'docs/API.md'), 'utf8')

test('docs/API.md is what the table of methods says', () => {
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
