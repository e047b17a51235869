// The node as a service of a real systemd of a user without privileges, hardened as it is
// installed.
import assert from 'node:assert/strict'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'

import type { Ready } from '../../src/api/running.ts'
import type { Check } from '../../src/api/shapes.ts'
import type { ServiceReport } from '../../src/cli/service-text.ts'
import { type Finished, waitUntil } from './harness.ts'
import { UserManager, whyNoManager } from './user-manager.ts'

const LISTEN = 'listen = ["/ip4/127.0.0.1/tcp/0"]\n[mdns]\nenabled = false\n'

describe('a service of systemd', { skip: whyNoManager() }, () => {
  let user: UserManager

  before(async () => {
    user = await UserManager.start()
  })

  after(() => user.end())

  const tidings = (...args: readonly string[]): Promise<Finished> => user.run(['tidings', ...args])
  const systemctl = async (...args: readonly string[]): Promise<string> =>
    (await user.run(['systemctl', '--user', ...args])).stdout.trim()

  /** A folder for everything, so that a node of its own can be started by hand. */
  async function homeFor(profile: string, ...flags: readonly string[]): Promise<readonly string[]> {
    const home = path.join(user.home, `of ${profile}`)
    await user.run(['mkdir', home])
    writeFileSync(path.join(home, 'config.toml'), LISTEN)
    const [first = '--no-password', ...rest] = flags
    await user.json('--home', home, 'profile', 'create', profile, first, ...rest)
    return ['--home', home, '--profile', profile]
  }

  async function passwordFile(name: string, password: string, mode: string): Promise<string> {
    const file = path.join(user.home, name)
    await user.run(['sh', '-c', 'umask 077; printf %s "$1" > "$0"', file, password])
    await user.run(['chmod', mode, file])
    return file
  }

  async function refused(args: readonly string[], exit: number, words: RegExp): Promise<void> {
    const { code, stderr, stdout } = await tidings(...args)
    assert.deepEqual([code, stdout], [exit, ''], stderr)
    assert.match(stderr, words)
  }

  test('it is where systemd looks, starts at login, and its node answers', async () => {
    await user.json('profile', 'create', 'default', '--no-password')
    const config = path.join(user.home, '.config/tidings')
    await user.run(['mkdir', '-p', config])
    writeFileSync(path.join(config, 'config.toml'), LISTEN)
    const { code, stdout } = await tidings('service', 'install')
    assert.equal(code, 0)
    assert.match(
      stdout,
      /^Installed ~\/\.config\/systemd\/user\/tidings\.service\. The node runs, pid/,
    )
    assert.match(stdout, /loginctl enable-linger/)
    const report = await user.json<ServiceReport>('service', 'status')
    const { file, pid, ...rest } = report
    assert.deepEqual(rest, {
      profile: 'default',
      manager: 'systemd',
      unit: 'tidings.service',
      installed: true,
      enabled: true,
      state: 'running',
      exitCode: null,
      lingers: false,
      nodePid: pid,
    })
    assert.equal(file, path.join(user.home, '.config/systemd/user/tidings.service'))
    assert.equal((await user.json('status'))['pid'], pid)
    assert.equal(await systemctl('is-enabled', 'tidings'), 'enabled')
    const verified = await user.run(['systemd-analyze', 'verify', '--user', '--man=no', file])
    assert.deepEqual([verified.code, verified.stderr], [0, ''])
  })

  test('what hardens it holds, and V8 runs all the same', async () => {
    const { pid } = await user.json<ServiceReport>('service', 'status')
    const { stdout } = await user.run(['cat', `/proc/${pid}/status`, `/proc/${pid}/limits`])
    assert.match(stdout, /^NoNewPrivs:\t1$/m)
    assert.match(stdout, /^Seccomp:\t2$/m)
    assert.match(stdout, /^Umask:\t0077$/m)
    assert.match(stdout, /^Max core file size +0 +0 /m)
    // Its code is compiled to machine code, in memory that is written to.
    const maps = await user.run(['grep', '-c', 'r[w-]xp 00000000 00:00 0', `/proc/${pid}/maps`])
    assert.ok(Number(maps.stdout) > 0)
  })

  test('its node takes and delivers messages', async () => {
    const bob = await homeFor('bob')
    const ready = await user.json<Ready>(...bob, 'start', '--detach', '--accept', 'auto')
    await user.json('contact', 'add', ready.addresses[0] ?? '')
    const sent = ['send', 'bob', 'hello', '--wait', 'delivered', '--timeout', '15']
    assert.equal((await user.json(...sent))['state'], 'delivered')
    // Hardened it looks at the machine all the same, and finds only where the test has it listen.
    const doctor = await tidings('--json', 'doctor')
    assert.equal(doctor.code, 1, doctor.stderr)
    const found = (JSON.parse(doctor.stdout) as Check[]).filter(({ ok }) => !ok)
    const whys = ['listening_local', 'no_network']
    assert.ok(
      found.every(({ code }) => whys.includes(code)),
      doctor.stdout,
    )
    await user.json(...bob, 'stop')
  })

  test('to install it again changes nothing, and other flags start its node anew', async () => {
    const { pid } = await user.json<ServiceReport>('service', 'install')
    assert.equal((await user.json<ServiceReport>('service', 'install')).pid, pid)
    const anew = await user.json<ServiceReport>('--log', 'debug', 'service', 'install')
    assert.notEqual(anew.pid, pid)
    assert.equal(anew.nodePid, anew.pid)
    assert.match((await tidings('logs', '-n', '1000', '--level', 'debug')).stdout, /  debug  /)
  })

  test('a node that is killed is started again; one that is stopped is not', async () => {
    const { pid } = await user.json<ServiceReport>('service', 'status')
    await user.run(['kill', '-9', String(pid)])
    const status = (): Promise<Finished> => tidings('--json', 'service', 'status')
    await waitUntil(async () => {
      const { code, stdout } = await status()
      return code === 0 && (JSON.parse(stdout) as ServiceReport).pid !== pid
    }, 'the node is there again')
    await user.json('stop')
    const { code, stdout } = await tidings('service', 'status')
    assert.equal(code, 3)
    assert.match(stdout, /^service +stopped$/m)
    assert.match(stdout, /^at login +starts$/m)
    assert.equal((await user.json<ServiceReport>('service', 'install')).state, 'running')
  })

  test('to take it away ends its node, and systemd knows nothing of it', async () => {
    const { pid } = await user.json<ServiceReport>('service', 'status')
    const gone = await user.json<ServiceReport>('service', 'uninstall')
    assert.deepEqual(
      [gone.installed, gone.enabled, gone.pid, gone.nodePid],
      [false, false, null, null],
    )
    assert.ok(!existsSync(gone.file))
    assert.notEqual((await user.run(['kill', '-0', String(pid)])).code, 0)
    assert.equal(await systemctl('show', '-p', 'LoadState', '--value', 'tidings'), 'not-found')
    assert.equal((await tidings('service', 'uninstall')).stdout, 'There was no service.\n')
    const { code, stdout } = await tidings('service', 'status')
    assert.deepEqual([code, stdout.slice(0, 20)], [3, 'There is no service.'])
  })

  test('a node that was started by hand goes on, and is told', async () => {
    const carol = await homeFor('carol')
    const { pid } = await user.json<Ready>(...carol, 'start', '--detach')
    const { code, stdout } = await tidings(...carol, 'service', 'install')
    assert.equal(code, 0)
    assert.match(stdout, new RegExp(`A node runs already, pid ${pid}, which is not the service's`))
    const { state, nodePid, enabled } = JSON.parse(
      (await tidings('--json', ...carol, 'service', 'status')).stdout,
    ) as ServiceReport
    assert.deepEqual([state, nodePid, enabled], ['stopped', pid, true])
    await user.json(...carol, 'stop')
    const own = await user.json<ServiceReport>(...carol, 'service', 'install')
    assert.deepEqual(
      [own.state, own.nodePid, own.unit],
      ['running', own.pid, 'tidings-carol.service'],
    )
    await user.json(...carol, 'service', 'uninstall')
  })

  test('a profile with a password needs a file with it, and the right one', async () => {
    const right = await passwordFile('right', 'correct horse', '600')
    const dave = await homeFor('Dave Lee', '--password-file', right)
    const install = [...dave, 'service', 'install']
    await refused(install, 4, /put it into a file .* --password-file FILE; or start the node yours/)
    const wrong = await passwordFile('wrong', 'battery staple', '600')
    await refused([...install, '--password-file', wrong], 4, /password/)
    const units = path.join(user.home, '.config/systemd/user')
    const unit = path.join(units, String.raw`tidings-\x44ave\x20\x4cee.service`)
    assert.ok(!existsSync(unit))
    const own = await user.json<ServiceReport>(...install, '--password-file', right)
    assert.deepEqual([own.state, own.file], ['running', unit])
    await user.run(['chmod', '644', right])
    const { stderr } = await tidings(...install, '--password-file', right)
    assert.match(stderr, /others can read .*: chmod 600/)
    await user.json(...dave, 'service', 'uninstall')
    await refused(
      [...(await homeFor('eve')), 'service', 'install', '--password-file', right],
      2,
      /no p/,
    )
  })

  test('a profile that is not there has no service, also when it goes later', async () => {
    await refused(['--profile', 'nobody', 'service', 'install'], 1, /there is no profile "nobody"/)
    const frank = await homeFor('frank')
    await user.json(...frank, 'service', 'install')
    await user.json(...frank, 'stop')
    const { data } = await user.json<{ data: string }>(...frank, 'paths')
    rmSync(data, { recursive: true })
    await systemctl('start', 'tidings-frank')
    assert.equal(await systemctl('is-active', 'tidings-frank'), 'inactive')
    assert.ok(!existsSync(data))
    await user.json(...frank, 'service', 'uninstall')
  })

  test('a node that cannot start is told with its exit code and where to look', async () => {
    const grace = await homeFor('grace')
    const taken = await user.json<Ready>(...(await homeFor('heidi')), 'start', '--detach')
    const port = /tcp\/(\d+)/.exec(taken.addresses[0] ?? '')?.[1]
    const config = path.join(user.home, 'of grace/config.toml')
    writeFileSync(config, LISTEN.replace('/tcp/0', `/tcp/${port}`))
    const words = /its node ended with 1; see: tidings logs; journalctl --user -u 'tidings-grace/
    await refused([...grace, 'service', 'install'], 1, words)
    const { stdout } = await tidings(...grace, 'service', 'status')
    assert.match(
      stdout,
      /^service +ended by an error; it is started again in a moment, last .* 1$/m,
    )
    await user.json(...grace, 'service', 'uninstall')
  })

  test('the service of another home with a profile of the same name is left alone', async () => {
    const ivan = await homeFor('ivan')
    const { file } = await user.json<ServiceReport>(...ivan, 'service', 'install')
    await user.json('profile', 'create', 'ivan', '--no-password')
    const other = ['--profile', 'ivan', 'service']
    await refused([...other, 'install'], 1, /is the service of another folder/)
    await refused([...other, 'uninstall'], 1, /is the service of another folder/)
    assert.ok(existsSync(file))
    assert.equal((await user.json<ServiceReport>(...ivan, 'service', 'status')).state, 'running')
    await user.json(...ivan, 'service', 'uninstall')
  })
})
