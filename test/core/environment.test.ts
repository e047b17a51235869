import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'

import { ENVIRONMENT, readVariable } from '../../src/core/environment.ts'

const SOURCE = path.join(import.meta.dirname, '../../src')

const code = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && name !== path.join('core', 'environment.ts'))
  .map((name) => readFileSync(path.join(SOURCE, name), 'utf8'))
  .join('\n')

test('every variable that the code reads is listed', () => {
  const read = [
    ...code.matchAll(/\benv(?:\.|\[['"]|, ['"])([A-Z][A-Z0-9_]+)/g),
    ...code.matchAll(/['"](TIDINGS_[A-Z0-9_]+)['"]/g),
  ]
  const names = new Set(read.map(([, name = '']) => name))
  assert.ok(names.has('TIDINGS_HOME') && names.has('TIDINGS_LOG'))
  for (const name of names) assert.ok(name in ENVIRONMENT, name)
})

test("every variable of this program's own that is listed is read", () => {
  const own = Object.keys(ENVIRONMENT).filter((name) => name.startsWith('TIDINGS_'))
  for (const name of own) assert.ok(code.includes(`'${name}'`), name)
})

test('an empty variable counts as not set', () => {
  assert.equal(readVariable({ TIDINGS_HOME: '/somewhere' }, 'TIDINGS_HOME'), '/somewhere')
  assert.equal(readVariable({ TIDINGS_HOME: '' }, 'TIDINGS_HOME'), undefined)
  assert.equal(readVariable({}, 'TIDINGS_HOME'), undefined)
})
