// The files that tell systemd and launchd of a node, read as those read them.
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'

import type { ServiceCommand } from '../../src/api/service.ts'
import { plistText } from '../../src/daemon/service/launchd-plist.ts'
import { serviceOf } from '../../src/daemon/service/service.ts'
import { unitText } from '../../src/daemon/service/systemd-unit.ts'
import { temporaryFolder } from '../api/harness.ts'

const STRANGE = String.raw`/tmp/a b/100%i/$HOME/"q"/'q'/\n/<&>]]>/ü/--`
const command: ServiceCommand = {
  profile: 'Dave Lee',
  folder: '%44ave%20%4cee',
  args: [process.execPath, STRANGE, '--home', STRANGE, 'start'],
  env: { XDG_DATA_HOME: STRANGE },
  data: STRANGE,
  log: `${STRANGE}.log`,
}

const has = (program: string, ...args: string[]): boolean => spawnSync(program, args).status === 0

test(
  'launchd is told every word as it is',
  { skip: has('python3', '--version') ? false : 'no parser of property lists here' },
  () => {
    const script =
      'import json,plistlib,sys;print(json.dumps(plistlib.loads(sys.stdin.buffer.read())))'
    const input = plistText('chat.tidings', command)
    assert.deepEqual(
      JSON.parse(execFileSync('python3', ['-c', script], { input, encoding: 'utf8' })),
      {
        Label: 'chat.tidings',
        ProgramArguments: command.args,
        RunAtLoad: true,
        KeepAlive: { SuccessfulExit: false },
        ExitTimeOut: 15,
        Umask: 63,
        WorkingDirectory: STRANGE,
        HardResourceLimits: { Core: 0 },
        StandardErrorPath: `${STRANGE}.log`,
      },
    )
  },
)

test(
  'systemd finds nothing to complain of',
  { skip: has('systemd-analyze', '--version') ? false : 'systemd is not installed' },
  async (t) => {
    const file = path.join(await temporaryFolder(t), 'tidings.service')
    writeFileSync(file, unitText(command))
    const verify = ['verify', '--system', '--man=no', '--recursive-errors=no', file]
    const { status, stderr } = spawnSync('systemd-analyze', verify, { encoding: 'utf8' })
    assert.deepEqual([status, stderr], [0, ''])
    writeFileSync(file, unitText(command).replace('Restart=', 'Restarts='))
    assert.match(spawnSync('systemd-analyze', verify, { encoding: 'utf8' }).stderr, /Restarts/)
  },
)

test('a unit quotes what systemd would take for something else', () => {
  const lines = unitText(command).split('\n')
  const quoted = String.raw`"/tmp/a b/100%%i/$HOME/\"q\"/'q'/\\n/<&>]]>/ü/--"`
  const start = `ExecStart=":${process.execPath}" ${quoted} "--home" ${quoted} "start"`
  assert.equal(
    lines.find((line) => line.startsWith('ExecStart')),
    start,
  )
  assert.ok(lines.includes(`Environment="XDG_DATA_HOME=${quoted.slice(1)}`))
  assert.ok(lines.includes(`ConditionPathIsDirectory=${STRANGE.replace('%', '%%')}`))
})

test('a path that no file can hold is refused, and so is a system without services', () => {
  for (const char of ['\n', '\0', '\x7f']) {
    const strange = { ...command, data: `/tmp/a${char}b` }
    assert.throws(() => serviceOf(strange, 'linux'), {
      code: 'bad_input',
      message: /no service can be told of/,
    })
  }
  const words = { code: 'no_service_manager', message: /start" started when you log in/ }
  assert.throws(() => serviceOf(command, 'win32'), words)
})
