// `service` where the manager of services cannot run for real: launchd by a stand-in, and systems
// without any. test/e2e/service.test.ts has systemd.
import assert from 'node:assert/strict'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { test, type TestContext } from 'node:test'

import { type ServiceReport, serviceText } from '../../src/cli/service-text.ts'
import { assertRefused, type Finished, Person } from '../e2e/harness.ts'

/** By this Node takes the platform for another one. */
const ON_MAC = 'Object.defineProperty(process, "platform", { value: "darwin" })'

interface Mac {
  readonly person: Person
  readonly calls: () => string[]
  readonly run: (...args: readonly string[]) => Promise<Finished>
  readonly report: (...args: readonly string[]) => Promise<ServiceReport>
}

async function mac(t: TestContext): Promise<Mac> {
  const person = await Person.create(t, 'default')
  const bin = path.join(person.home, 'bin')
  mkdirSync(bin)
  copyFileSync(path.join(import.meta.dirname, 'launchctl.ts'), path.join(bin, 'launchctl.ts'))
  const script = `#!/bin/sh\nexec '${process.execPath}' '${bin}/launchctl.ts' "$@"\n`
  writeFileSync(path.join(bin, 'launchctl'), script)
  chmodSync(path.join(bin, 'launchctl'), 0o755)
  const onMac = path.join(bin, 'on-mac.mjs')
  writeFileSync(onMac, ON_MAC)
  const env = {
    PATH: `${bin}:${process.env['PATH']}`,
    HOME: person.home,
    NODE_OPTIONS: `--import=${onMac}`,
    // The database's native part stays that of this machine.
    npm_config_platform: process.platform,
    TIDINGS_LISTEN: '/ip4/127.0.0.1/tcp/0',
  }
  const run = (...args: readonly string[]): Promise<Finished> => person.run(args, { env })
  t.after(() => run('service', 'uninstall'))
  return {
    person,
    run,
    calls: () => readFileSync(path.join(bin, 'calls'), 'utf8').trim().split('\n'),
    report: async (...args) => {
      const { code, stdout, stderr } = await run('--json', ...args)
      assert.equal(code, 0, stderr)
      return JSON.parse(stdout) as ServiceReport
    },
  }
}

test('on macOS an agent of launchd is loaded, asked, started anew and taken away', async (t) => {
  const { person, run, report, calls } = await mac(t)
  await run('profile', 'create', 'default', '--no-password')
  const domain = `gui/${process.getuid?.()}`
  const installed = await report('service', 'install')
  const file = path.join(person.home, 'Library/LaunchAgents/chat.tidings.plist')
  assert.deepEqual(installed, {
    profile: 'default',
    manager: 'launchd',
    unit: 'chat.tidings',
    file,
    installed: true,
    enabled: true,
    state: 'running',
    pid: installed.nodePid,
    exitCode: null,
    lingers: null,
    nodePid: installed.pid,
  })
  assert.match(readFileSync(file, 'utf8'), new RegExp(`<string>${person.home}</string>`))
  const bootstraps = (): number => calls().filter((call) => call === `bootstrap ${domain}`).length
  assert.equal(bootstraps(), 1)
  assert.ok(calls().includes(`enable ${domain}/chat.tidings`))

  assert.equal((await report('service', 'install')).pid, installed.pid)
  assert.equal(bootstraps(), 1)
  const anew = await report('--log', 'debug', 'service', 'install')
  assert.notEqual(anew.pid, installed.pid)
  assert.equal(bootstraps(), 2)

  assert.equal((await run('stop')).code, 0)
  const stopped = await run('service', 'status')
  assert.deepEqual([stopped.code, stopped.stderr], [3, ''])
  assert.match(stopped.stdout, /^service +stopped$/m)
  assert.doesNotMatch(stopped.stdout, /linger/)
  await report('--log', 'debug', 'service', 'install')
  assert.ok(calls().includes(`kickstart ${domain}/chat.tidings`))

  const gone = await report('service', 'uninstall')
  assert.deepEqual([gone.installed, gone.state], [false, 'stopped'])
  assert.ok(!existsSync(file))
})

test('what launchd has against it is told in its words', async (t) => {
  const { person, run } = await mac(t)
  await run('profile', 'create', 'default', '--no-password')
  const launchctl = path.join(person.home, 'bin/launchctl')
  const refusal = 'echo "Bootstrap failed: 125: Domain does not support it" >&2; exit 125'
  const script = readFileSync(launchctl, 'utf8')
  const bad = `[ "$1" = bootstrap ] && { ${refusal}; }\n`
  writeFileSync(launchctl, script.replace('\n', `\n${bad}`))
  const { code, stderr } = await run('--json', 'service', 'install')
  assert.equal(code, 1)
  assert.match(stderr, /"service_failed".*Domain does not support it.*log in at the screen/)
})

test('where there is no manager of services, nothing is written and it is said', async (t) => {
  const person = await Person.create(t, 'alice')
  await person.json('profile', 'create', 'alice', '--no-password')
  const empty = { PATH: person.home, HOME: person.home }
  const missing = { exit: 1, code: 'no_service_manager', message: /systemctl/ }
  await assertRefused(person, ['service', 'install'], { ...missing, options: { env: empty } })
  // As from sudo: the program is there, and whom it asks is not.
  const systemctl = path.join(person.home, 'systemctl')
  writeFileSync(
    systemctl,
    '#!/bin/sh\necho "Failed to connect to bus: No medium found" >&2\nexit 1\n',
  )
  chmodSync(systemctl, 0o755)
  const message = /Failed to connect to bus.*"sudo" and "su" do not reach their systemd/
  const silent = { exit: 1, code: 'service_failed', message, options: { env: empty } }
  for (const command of ['install', 'status']) {
    await assertRefused(person, ['service', command], silent)
  }
  assert.ok(!existsSync(path.join(person.home, '.config')))
  await assertRefused(person, ['service'], { exit: 2, code: 'unknown_command' })
})

test('what is wrong with a service is said in words', () => {
  const report: ServiceReport = {
    profile: 'ann',
    manager: 'systemd',
    unit: 'tidings-ann.service',
    file: '/elsewhere/tidings-ann.service',
    installed: true,
    enabled: false,
    state: 'failed',
    pid: null,
    exitCode: 4,
    lingers: true,
    nodePid: 12,
  }
  const typed = (command: string): string => `tidings --profile ann ${command}`
  assert.equal(
    serviceText(report, typed),
    [
      'service     failed; it is not started again by itself, last ended with 4',
      'at login    does not start: it was disabled',
      'logged out  goes on',
      'file        /elsewhere/tidings-ann.service',
      "A node runs already, pid 12, which is not the service's. To hand over:",
      '  tidings --profile ann stop && tidings --profile ann service install',
    ].join('\n'),
  )
  assert.match(
    serviceText({ ...report, installed: false }, typed),
    /^A node runs, pid 12, started by hand.* "tidings --profile ann service install" makes one/,
  )
})
