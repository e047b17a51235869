// A real systemd of a user of its own, without privileges, for tests: in namespaces, where it has
// its own /run, its own part of the control groups, its own bus, and a home. Needs root, and Linux
// with systemd installed; it need not be what started the machine.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmdirSync,
  rmSync,
  readFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { text } from 'node:stream/consumers'

import { type Finished, ROOT } from './harness.ts'

const UID = 4242
const USER = 'tidings-test'
const SYSTEMD = ['/usr/lib/systemd/systemd', '/lib/systemd/systemd'].find(existsSync)
const CGROUPS = '/sys/fs/cgroup/systemd'
const NEEDED = ['unshare', 'nsenter', 'setpriv', 'dbus-daemon', 'systemctl', 'mount']

/** Why there is none here; false when there is one. */
export function whyNoManager(): string | false {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'not root on Linux'
  if (SYSTEMD === undefined) return 'systemd is not installed'
  if (!existsSync(CGROUPS)) return 'control groups of version 2 only'
  const missing = NEEDED.find((name) => !isThere(name))
  return missing === undefined ? false : `${missing} is not installed`
}

function isThere(program: string): boolean {
  try {
    execFileSync('sh', ['-c', 'command -v "$1"', 'sh', program], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Runs as the first process of the namespaces, as root, and becomes the user's systemd. */
const INSIDE = `
set -e
mount -t tmpfs tmpfs /run
umount "$CGROUPS"
umount /sys/fs/cgroup/unified 2>/dev/null || true
mount -t cgroup -o none,name=systemd cgroup "$CGROUPS"
chown ${UID} "$CGROUPS" "$CGROUPS/cgroup.procs" "$CGROUPS/tasks"
mkdir -p /run/systemd/system /run/user/${UID}
chown ${UID} /run/user/${UID}
chmod 700 /run/user/${UID}
{ cat /etc/passwd; echo "${USER}:x:${UID}:${UID}::$HOME:/bin/sh"; } > /run/passwd
mount --bind /run/passwd /etc/passwd
as_user() { setpriv --reuid ${UID} --regid ${UID} --clear-groups "$@"; }
as_user dbus-daemon --session --address="unix:path=$XDG_RUNTIME_DIR/bus" --nofork --nopidfile &
while [ ! -S "$XDG_RUNTIME_DIR/bus" ]; do sleep 0.02; done
as_user "$SYSTEMD" --user --log-target=null &
while [ ! -S "$XDG_RUNTIME_DIR/systemd/private" ]; do sleep 0.02; done
until as_user systemctl --user is-system-running >/dev/null 2>&1; do sleep 0.05; done
echo ready
exec sleep infinity
`

export class UserManager {
  readonly home: string
  readonly #outside: ChildProcess
  readonly #inside: number
  readonly #group: string

  private constructor(home: string, outside: ChildProcess, inside: number, group: string) {
    this.home = home
    this.#outside = outside
    this.#inside = inside
    this.#group = group
  }

  static async start(): Promise<UserManager> {
    // Whatever stands for something else in a unit stands in every path here.
    const parent = mkdtempSync(path.join(tmpdir(), 'tidings-user-'))
    const home = path.join(parent, String.raw`an 100%i "home" $x \n ü`)
    mkdirSync(home)
    chownSync(home, UID, UID)
    chmodSync(parent, 0o755)
    const group = path.join(CGROUPS, `tidings-test-${process.pid}`)
    mkdirSync(group, { recursive: true })
    const join = 'echo $$ > "$GROUP/cgroup.procs"; exec "$@"'
    const unshare = ['unshare', '-m', '-p', '-C', '-f', '--kill-child', '--mount-proc']
    const env = { ...UserManager.#env(home), GROUP: group, CGROUPS, SYSTEMD }
    const args = ['-c', join, 'sh', ...unshare, 'sh', '-c', INSIDE]
    const outside = spawn('sh', args, { env, stdio: ['ignore', 'pipe', 'inherit'] })
    const [words] = (await Promise.race([
      once(outside.stdout, 'data'),
      once(outside, 'exit').then(() => ['ended']),
    ])) as [Buffer | string]
    if (String(words) !== 'ready\n') throw new Error(`no user manager: ${String(words)}`)
    const children = readFileSync(`/proc/${outside.pid}/task/${outside.pid}/children`, 'utf8')
    return new UserManager(home, outside, Number(children.trim()), group)
  }

  /** Runs `tidings` of this repository as the user; its `--json` result. */
  async json<T = Record<string, unknown>>(...args: readonly string[]): Promise<T> {
    const { code, stdout, stderr } = await this.run(['tidings', '--json', ...args])
    if (code !== 0) throw new Error(`${args.join(' ')}: ${stderr}`)
    return JSON.parse(stdout) as T
  }

  /** Runs a program as the user; `tidings` is this repository's. */
  async run(args: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<Finished> {
    const [program = '', ...rest] = args
    const tidings = [process.execPath, path.join(ROOT, 'bin/tidings.js')]
    const command = program === 'tidings' ? [...tidings, ...rest] : args
    const inside = ['-t', String(this.#inside), '-m', '-p', '-C', `-S${UID}`, `-G${UID}`]
    const env = { ...UserManager.#env(this.home), ...more }
    const child = spawn('nsenter', [...inside, '--', ...command], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const [stdout, stderr, [code, signal]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>,
    ])
    return { code, signal, stdout, stderr }
  }

  static #env(home: string): NodeJS.ProcessEnv {
    const { PATH } = process.env
    const run = `/run/user/${UID}`
    // What is compiled is kept, since this user may not write where the launcher keeps it.
    const NODE_COMPILE_CACHE = path.join(home, '.cache/node')
    return {
      PATH,
      NODE_COMPILE_CACHE,
      HOME: home,
      XDG_RUNTIME_DIR: run,
      NO_COLOR: '1',
      LANG: 'C.UTF-8',
    }
  }

  /** Everything in it ends too. */
  async end(): Promise<void> {
    const gone = once(this.#outside, 'exit')
    this.#outside.kill('SIGKILL')
    await gone
    rmSync(path.dirname(this.home), { recursive: true, force: true })
    await removeGroups(this.#group)
  }
}

/** Groups go one by one, each once its processes are gone. */
async function removeGroups(group: string): Promise<void> {
  for (const entry of readdirSync(group, { withFileTypes: true })) {
    if (entry.isDirectory()) await removeGroups(path.join(group, entry.name))
  }
  for (let tries = 0; ; tries++) {
    try {
      return rmdirSync(group)
    } catch (error) {
      if (tries >= 50) throw error
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}
