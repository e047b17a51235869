import assert from 'node:assert/strict'
import { chownSync, existsSync, mkdtempSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'

import { commandFor, findPlaces, startCommand } from '../../src/api/places.ts'
import { SOCKET_PATH_BYTES_MAX } from '../../src/core/limits.ts'

test('a home holds everything, the socket included', () => {
  const places = findPlaces({ home: '/h', profile: 'bob' }, { XDG_RUNTIME_DIR: '/run/user/1' })
  for (const place of [places.config, places.data, places.state, places.socket, places.log]) {
    assert.ok(place.startsWith('/h'), place)
  }
})

test('the environment stands in for flags, and flags win', () => {
  const env = { TIDINGS_HOME: '/env', TIDINGS_PROFILE: 'carol', TIDINGS_CONFIG: '/c.toml' }
  assert.equal(findPlaces({}, env).data, '/env/profiles/carol')
  assert.equal(findPlaces({}, env).config, '/c.toml')
  assert.equal(findPlaces({ home: '/flag', profile: 'bob' }, env).data, '/flag/profiles/bob')
  assert.equal(findPlaces({}, { TIDINGS_HOME: '/env', TIDINGS_PROFILE: '' }).profile, 'default')
})

test('without a home the socket lies in the runtime folder, or in a private temporary one', () => {
  const { socket } = findPlaces({}, { XDG_RUNTIME_DIR: '/run/user/1' })
  assert.equal(socket, '/run/user/1/tidings/default.sock')
  // Without the variable: in the folder of a login, where there is one.
  const login = `/run/user/${process.getuid?.()}`
  const folder = existsSync(login)
    ? path.join(login, 'tidings')
    : path.join(tmpdir(), `tidings-${process.getuid?.()}`)
  assert.equal(findPlaces({}, {}).socket, path.join(folder, 'default.sock'))
})

test('the runtime folder of somebody else, as su leaves it, is not used', (t) => {
  const { getuid } = process
  if (getuid === undefined) return t.skip('users have no numbers here')
  let theirs = '/usr'
  if (getuid() === 0) {
    theirs = mkdtempSync(path.join(tmpdir(), 'tidings-theirs-'))
    t.after(() => rmdirSync(theirs))
    chownSync(theirs, 4242, 4242)
  }
  const { socket } = findPlaces({}, { XDG_RUNTIME_DIR: theirs })
  assert.equal(socket, findPlaces({}, {}).socket)
})

test('a socket path that is too long becomes a short one of its own', () => {
  const home = `/${'x'.repeat(120)}`
  const first = findPlaces({ home }, {}).socket
  const second = findPlaces({ home, profile: 'bob' }, {}).socket
  assert.ok(Buffer.byteLength(first) <= SOCKET_PATH_BYTES_MAX)
  assert.notEqual(first, second)
  assert.equal(findPlaces({ home }, {}).socket, first)
})

test('a name that no profile can have is refused', () => {
  for (const profile of ['', '..', 'a/b', '.hidden', 'a\nb', 'x'.repeat(65)]) {
    assert.throws(() => findPlaces({ profile }, {}), { code: 'bad_name' }, profile)
  }
})

test('profiles that differ in case only do not meet', () => {
  const places = ['Bob', 'bob'].map((profile) => findPlaces({ home: '/h', profile }, {}))
  assert.notEqual(places[0]?.data.toLowerCase(), places[1]?.data.toLowerCase())
})

test('an empty home, or an environment of relative folders, is refused', () => {
  assert.throws(() => findPlaces({ home: '' }, {}), { code: 'bad_input' })
  const env = { XDG_RUNTIME_DIR: 'run' }
  assert.throws(() => findPlaces({}, env), { code: 'home_unusable', message: /run\/tidings/ })
})

test('the command that starts a node names what is not the default, as a shell reads it', () => {
  assert.equal(startCommand({ profile: 'default' }), 'tidings start --detach')
  assert.equal(startCommand({ profile: 'bob' }), 'tidings --profile bob start --detach')
  const named = startCommand({ profile: 'Bob Lab', home: '/my home' })
  assert.equal(named, "tidings --home '/my home' --profile 'Bob Lab' start --detach")
  assert.equal(commandFor({ profile: 'bob' }, 'stop'), 'tidings --profile bob stop')
  const quote = startCommand({ home: "/Ann's home" })
  assert.equal(quote, String.raw`tidings --home '/Ann'\''s home' start --detach`)
})
