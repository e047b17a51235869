// Style is a test. What the compiler (erasable syntax only), the linter (file and function
// length, console, casts to any) and the formatter already refuse is not repeated here.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'

import { type Import, readImports } from '../tools/imports.ts'
import { hasLayer, layerFault } from '../tools/layers.ts'

const ROOT = path.join(import.meta.dirname, '..')
const COLUMNS_MAX = 100

interface File {
  readonly name: string
  readonly lines: readonly string[]
}

// What is committed, and what would be.
const files: readonly File[] = execFileSync(
  'git',
  ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate'],
  { cwd: ROOT, encoding: 'utf8' },
)
  .split('\0')
  .filter((name) => name !== '' && existsSync(path.join(ROOT, name)))
  .map((name) => ({ name, lines: readFileSync(path.join(ROOT, name), 'utf8').split('\n') }))

const code = files.filter(({ name }) => /\.[cm]?[jt]s$/.test(name))
const source = code.filter(({ name }) => name.startsWith('src/'))

/** `file:line: text` for every line that `isFault` picks. */
function faults(among: readonly File[], isFault: (line: string) => boolean): string[] {
  return among.flatMap(({ name, lines }) =>
    lines.flatMap((line, i) => (isFault(line) ? [`${name}:${i + 1}: ${line.trim()}`] : [])),
  )
}

function assertNone(found: readonly (string | undefined)[]): void {
  const faulty = found.filter((item) => item !== undefined)
  assert.equal(faulty.length, 0, `\n${faulty.join('\n')}`)
}

const namesOf = (some: readonly File[]): string[] => some.map(({ name }) => name)

test('every source file belongs to a layer', () => {
  assertNone(namesOf(source).filter((name) => !hasLayer(name)))
})

test('dependencies point one way, from layer to layer', () => {
  assertNone(readImports(ROOT, namesOf(source)).map(layerFault))
})

test('the layer rule refuses what it should', () => {
  const fault = (from: string, to: string, more: Partial<Import> = {}): string | undefined =>
    layerFault({ from, to, dynamic: false, values: [], ...more })

  const refused: [from: string, to: string, more?: Partial<Import>][] = [
    ['src/core/a.ts', 'src/wire/b.ts'],
    ['src/core/a.ts', 'node:fs'],
    ['src/core/a.ts', 'valibot'],
    ['src/core/a.ts', 'node:crypto', { values: ['sign', 'randomBytes'] }],
    ['src/core/a.ts', 'node:crypto', { values: ['*'] }],
    ['src/wire/a.ts', 'src/store/b.ts'],
    ['src/store/a.ts', 'src/net/b.ts'],
    ['src/net/a.ts', 'src/store/b.ts'],
    ['src/node/a.ts', 'src/api/methods.ts'],
    ['src/node/a.ts', 'libp2p'],
    ['src/node/a.ts', '@libp2p/crypto/keys'],
    ['src/net/a.ts', 'level'],
    ['src/api/methods.ts', 'src/node/a.ts'],
    ['src/api/client.ts', 'src/api/handlers.ts'],
    ['src/api/handlers.ts', 'src/store/a.ts'],
    ['src/cli/a.ts', 'src/node/b.ts'],
    ['src/cli/a.ts', 'src/node/b.ts', { dynamic: true }],
    ['src/cli/a.ts', 'src/api/handlers.ts'],
    ['src/cli/a.ts', 'src/daemon/b.ts'],
    ['src/repl/a.ts', 'src/daemon/b.ts'],
    ['src/cli/a.ts', '@multiformats/multiaddr'],
    ['src/cli/a.ts', 'test/b.ts'],
    ['src/elsewhere/a.ts', 'src/core/b.ts'],
    ['src/node/a.ts', 'src/elsewhere/b.ts'],
  ]
  for (const [from, to, more] of refused) assert.ok(fault(from, to, more), `${from} -> ${to}`)
  assert.ok(layerFault({ from: 'src/cli/a.ts', to: undefined, dynamic: true, values: ['*'] }))

  const allowed: typeof refused = [
    ['src/core/sync/a.ts', 'src/core/b.ts'],
    ['src/core/a.ts', 'node:crypto', { values: ['hash', 'verify'] }],
    ['src/core/a.ts', 'multiformats/bases/base32'],
    ['src/store/a.ts', 'classic-level'],
    ['src/net/a.ts', '@chainsafe/libp2p-noise'],
    ['src/api/handlers-contact.ts', 'src/node/a.ts'],
    ['src/daemon/a.ts', 'src/api/handlers.ts'],
    ['src/cli/a.ts', 'src/daemon/b.ts', { dynamic: true }],
    ['src/cli/a.ts', 'src/repl/b.ts'],
  ]
  for (const [from, to, more] of allowed) assert.equal(fault(from, to, more), undefined)
})

test('every source file opens by saying what it is', () => {
  const silent = source.filter(({ lines }) => !/^(\/\/|\/\*\*?) ?\S*\w/.test(lines[0] ?? ''))
  assertNone(namesOf(silent))
})

test(`no line of code is longer than ${COLUMNS_MAX} columns`, () => {
  assertNone(faults(code, (line) => [...line].length > COLUMNS_MAX))
})

test('files are named after what they hold', () => {
  const grabBags = code.filter(({ name }) =>
    /^(utils?|helpers?|misc|common)\.[cm]?[jt]s$/.test(path.basename(name)),
  )
  assertNone(namesOf(grabBags))
})

test('no comment switches off the compiler, the linter or the formatter', () => {
  const directive = /[/*]\s*(@ts-(ignore|expect-error|nocheck)|(ox|es)lint-|(oxfmt|prettier)-ign)/
  assertNone(faults(code, (line) => directive.test(line)))
})

test('a file of this repository that a document names is there', () => {
  const documents = files.filter(({ name }) => name.endsWith('.md'))
  const named = /`((?:bench|bin|config|docs|examples|src|test|tools)\/[\w./-]+)`/g
  assertNone(
    faults(documents, (line) =>
      [...line.matchAll(named)].some(([, name = '']) => {
        return !['', '.ts', '.test.ts'].some((end) => existsSync(path.join(ROOT, name + end)))
      }),
    ),
  )
})

test('no file names a folder of one machine or a package registry', () => {
  assertNone(
    faults(files, (line) =>
      /(?<![\w.~*-])\/(work|root|home)\/[\w.]|\bregistry\.[\w-]+\.\w|"resolved": "\w+:/.test(line),
    ),
  )
})
