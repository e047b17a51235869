// Other users of the machine, thieves of the disk, and places where a secret could lie open.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { type TestContext, test } from 'node:test'

import { connect } from '../../src/api/client.ts'
import { findPlaces } from '../../src/api/places.ts'
import { silentLogger } from '../../src/core/logger.ts'
import { openStore } from '../../src/store/open.ts'
import { Profiles } from '../../src/store/profile/profiles.ts'
import { introduce, Person } from '../e2e/harness.ts'
import { tell } from './table.ts'

const NOBODY = 65_534
const OTHERS = 0o077

/** Everything in a home, deepest last. */
function everything(home: string): string[] {
  const names = readdirSync(home, { recursive: true, encoding: 'utf8' })
  return names.map((name) => path.join(home, name))
}

async function otherUser(t: TestContext): Promise<void> {
  const ann = await Person.create(t, 'ann')
  // As open as a careless user may have left what is around it.
  chmodSync(path.dirname(ann.home), 0o755)
  chmodSync(ann.home, 0o755)
  await ann.start('--log', 'debug')
  const places = findPlaces({ home: ann.home, profile: 'ann' })
  for (const own of [places.data, places.state, path.dirname(places.socket)]) {
    for (const file of [own, ...everything(own)]) {
      assert.equal(statSync(file).mode & OTHERS, 0, `${file} is open to others`)
    }
  }
  if (process.getuid?.() !== 0) return t.skip('needs root to be somebody else')
  // What somebody else can read or write: the configuration at most.
  const args = [ann.home, '-type', 'f,s', '(', '-readable', '-o', '-writable', ')']
  const found = spawnSync('find', args, { uid: NOBODY, gid: NOBODY, encoding: 'utf8' })
  const config = path.join(ann.home, 'config.toml')
  assert.deepEqual(
    found.stdout.split('\n').filter((line) => line !== '' && line !== config),
    [],
  )
  for (const file of [places.socket, places.log, path.join(places.data, 'profile.json')]) {
    const read = spawnSync('cat', [file], { uid: NOBODY, gid: NOBODY, encoding: 'utf8' })
    assert.notEqual(read.status, 0)
    assert.match(read.stderr, /[Pp]ermission/)
  }
  tell(t, { fault: 'another user of the machine', dose: 'every file', result: 'nothing is open' })
}

/** The secrets of a profile, in the forms in which they could slip out. */
async function secretsOf(ann: Person, password: string): Promise<Map<string, string | Buffer>> {
  const { dataDir } = findPlaces({ home: ann.home, profile: 'ann' })
  const components = { random: randomBytes, nowMs: () => Date.now(), log: silentLogger }
  const profiles = new Profiles(components, { dataDir })
  const key = await profiles.unlock('ann', password)
  const directory = profiles.databaseDirectory('ann')
  const store = await openStore({
    directory,
    key,
    create: false,
    random: randomBytes,
    log: silentLogger,
  })
  const identity = store.get('identity', 'self')
  await store.close()
  assert.ok(identity)
  const secrets = new Map<string, string | Buffer>([['password', password]])
  const all = {
    account: Buffer.from(identity.accountSeed, 'hex'),
    device: Buffer.from(identity.deviceSeed, 'hex'),
    key: Buffer.from(key),
  }
  for (const [name, bytes] of Object.entries(all)) {
    secrets.set(`${name}, raw`, bytes)
    secrets.set(`${name}, hex`, bytes.toString('hex'))
    secrets.set(`${name}, base64`, bytes.toString('base64').replaceAll('=', ''))
  }
  return secrets
}

/** Command lines and environments of every process here that is ours. */
function processes(home: string): Buffer {
  const parts: Buffer[] = []
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const of = ['cmdline', 'environ'].map((name) => readFileSync(`/proc/${pid}/${name}`))
      if (of.some((bytes) => bytes.includes(home))) parts.push(...of)
    } catch {
      // It ended, or is not ours to look at.
    }
  }
  return Buffer.concat(parts)
}

const WORDS = 'the treasure lies under the oak'

async function secrets(t: TestContext): Promise<void> {
  const [ann, bob] = [await Person.create(t, 'ann'), await Person.create(t, 'bob')]
  const password = `pass-${randomBytes(8).toString('hex')}`
  const file = path.join(path.dirname(ann.home), 'password')
  writeFileSync(file, password, { mode: 0o600 })
  const said: string[] = []
  const run = async (...args: readonly string[]): Promise<void> => {
    const { code, stdout, stderr } = await ann.run(['--json', ...args])
    // On loopback alone doctor finds something wrong.
    assert.equal(code, args[0] === 'doctor' ? 1 : 0, `${args.join(' ')}: ${stderr}`)
    said.push(stdout, stderr)
  }
  await run('profile', 'create', 'ann', '--password-file', file)
  const start = ['--log', 'debug', '--password-file', file]
  said.push(JSON.stringify(await ann.start(...start)))
  await introduce(ann, bob, await bob.start('--accept', 'auto'))
  await run('send', '@bob', WORDS, '--wait', 'delivered')
  const queries = ['status', 'whoami', 'invite', 'contacts', 'doctor', 'sync', 'paths', 'nearby']
  for (const query of queries) await run(query)
  const seen = [processes(ann.home), Buffer.from(said.join('\n'))]
  await using client = await connect({ home: ann.home, profile: 'ann' })
  seen.push(Buffer.from(JSON.stringify(await client.contact.show({ who: 'bob' }))))
  await ann.json('stop')

  const files = everything(ann.home).filter((name) => statSync(name).isFile())
  const disk = new Map(files.map((name) => [name, readFileSync(name)]))
  for (const [name, secret] of await secretsOf(ann, password)) {
    for (const bytes of seen) assert.ok(!bytes.includes(secret), `${name} is to be seen`)
    for (const [place, bytes] of disk) assert.ok(!bytes.includes(secret), `${name} in ${place}`)
  }
  // What people say is sealed, with a password, and never in a log.
  for (const [place, bytes] of disk) assert.ok(!bytes.includes(WORDS), `a message in ${place}`)
  tell(t, {
    fault: 'secrets in arguments, environment, logs, --json',
    dose: '10 secrets',
    result: 'none found',
  })
}

export function localTests(): void {
  test('another user cannot open the socket, read the database or the logs', otherUser)
  test('secrets are never in arguments, environments, logs, output or plain on disk', secrets)
}
