import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { test, type TestContext } from 'node:test'

import { findPlaces } from '../../src/api/places.ts'
import type { NotifySettings, StartOptions } from '../../src/api/running.ts'
import { readSettings } from '../../src/daemon/config.ts'
import { temporaryFolder } from '../api/harness.ts'

async function withFile(t: TestContext, text: string): Promise<StartOptions> {
  const home = await temporaryFolder(t)
  await writeFile(path.join(home, 'config.toml'), text)
  return { places: findPlaces({ home }, {}) }
}

test('config/default.toml names the defaults that hold without it', async (t) => {
  const none = await readSettings(
    { places: findPlaces({ home: await temporaryFolder(t) }, {}) },
    {},
  )
  const config = path.join(import.meta.dirname, '../../config/default.toml')
  assert.deepEqual(await readSettings({ places: findPlaces({ config }, {}) }, {}), none)
})

test('a flag wins over the environment, which wins over the file', async (t) => {
  const options = await withFile(
    t,
    'accept = "never"\nlog = "error"\nlisten = ["/ip4/1.1.1.1/tcp/1"]',
  )
  const file = await readSettings(options, {})
  assert.deepEqual(
    [file.accept, file.logLevel, file.listen],
    ['never', 'error', ['/ip4/1.1.1.1/tcp/1']],
  )
  const env = { TIDINGS_ACCEPT: 'auto', TIDINGS_LOG: 'debug', TIDINGS_LISTEN: '/ip6/::/tcp/2' }
  const both = await readSettings(options, env)
  assert.deepEqual([both.accept, both.logLevel, both.listen], ['auto', 'debug', ['/ip6/::/tcp/2']])
  const flags = { accept: 'ask', logLevel: 'warn', listen: ['/ip4/0.0.0.0/tcp/3'] } as const
  const all = await readSettings({ ...options, ...flags }, env)
  assert.deepEqual([all.accept, all.logLevel, all.listen], ['ask', 'warn', ['/ip4/0.0.0.0/tcp/3']])
})

test('tables of the file are read', async (t) => {
  const text = '[mdns]\nenabled = false\nport = 5454\n[interfaces]\nallow = ["eth0"]\ndeny = ["lo"]'
  const settings = await readSettings(await withFile(t, text), {})
  assert.deepEqual(settings.mdns, { enabled: false, port: 5454 })
  assert.deepEqual(settings.interfaces, { allow: ['eth0'], deny: ['lo'] })
})

const MISTAKES: readonly [text: string, message: RegExp][] = [
  ['colour = "red"', /there is no setting "colour"/],
  ['[mdns]\nprot = 1', /there is no setting "mdns.prot"/],
  ['accept = "maybe"', /"accept" must be "ask" or "auto" or "never"/],
  ['listen = "/ip4/0.0.0.0/tcp/1"', /"listen" must be a list/],
  ['[mdns]\nenabled = "yes"', /"mdns.enabled" must be true or false/],
  ['[mdns]\nport = 0', /"mdns.port" must be at least 1/],
  ['mdns = true', /"mdns" must be a table/],
  ['listen = ["0.0.0.0:4001"]', /"0.0.0.0:4001" is nothing to listen on/],
  ['listen = ["/ip4/300.0.0.0/tcp/1"]', /nothing to listen on/],
  ['listen = ["/ip4/0.0.0.0/tcp/70000"]', /nothing to listen on/],
  ['[notify]\nwhen = "often"', /"notify.when" must be "all" or "direct" or "mentions" or "none"/],
  ['[notify]\nbell = 1', /"notify.bell" must be true or false/],
  ['[notify]\nsound = true', /there is no setting "notify.sound"/],
  ['[notify]\nquiet_hours = "22-7"', /"notify.quiet_hours": "22-7" are no hours; .*, or "none"$/],
  ['[notify]\nquiet_hours = ["22:00-07:00"]', /"notify.quiet_hours" must be a string/],
  ['[repl]\nplain = 1', /"repl.plain" must be true or false/],
  ['accept "ask"', /config.toml, line 1, column \d+: /],
]

test('every mistake in the file is bad_config and names the setting or the line', async (t) => {
  for (const [text, message] of MISTAKES) {
    const options = await withFile(t, text)
    await assert.rejects(readSettings(options, {}), { code: 'bad_config', message }, text)
  }
})

test('a file that was named has to exist; so do choices in the environment', async () => {
  const places = findPlaces({ config: '/nowhere/config.toml' }, {})
  await assert.rejects(readSettings({ places }, {}), { code: 'bad_config', message: /nowhere/ })
  const wrong = readSettings(
    { places: findPlaces({ home: '/nowhere' }, {}) },
    { TIDINGS_LOG: 'all' },
  )
  await assert.rejects(wrong, { code: 'bad_config', message: /TIDINGS_LOG/ })
})

test('the quota of a contact is a size or none, and 1 GiB by itself', async (t) => {
  const quota = async (text: string): Promise<number> =>
    (await readSettings(await withFile(t, text), {})).quotaBytes
  assert.equal(await quota(''), 1024 ** 3)
  assert.equal(await quota('[quota]\ncontact = "500MB"'), 5e8)
  assert.equal(await quota('[quota]\ncontact = "none"'), Infinity)
  await assert.rejects(quota('[quota]\ncontact = "much"'), { code: 'bad_config' })
  await assert.rejects(quota('[quota]\ncontact = 17'), { code: 'bad_config' })
})

test('contacts are told that one types, unless the file says otherwise', async (t) => {
  const tells = async (text: string): Promise<boolean> =>
    (await readSettings(await withFile(t, text), {})).tellTyping
  assert.equal(await tells(''), true)
  assert.equal(await tells('tell_typing = false'), false)
  await assert.rejects(tells('tell_typing = 1'), { code: 'bad_config' })
})

test('contacts are told how far one has read, unless the file says otherwise', async (t) => {
  const tells = async (text: string): Promise<boolean> =>
    (await readSettings(await withFile(t, text), {})).tellRead
  assert.equal(await tells(''), true)
  assert.equal(await tells('tell_read = false'), false)
  await assert.rejects(tells('tell_read = "no"'), { code: 'bad_config' })
})

test('what the chat points out is set in the file, and when in the environment too', async (t) => {
  const text =
    '[notify]\nwhen = "mentions"\nbell = false\ndesktop = false\ntext = false\n' +
    'quiet_hours = "22:00-07:00"'
  const options = await withFile(t, text)
  const notify = async (env: NodeJS.ProcessEnv): Promise<NotifySettings> =>
    (await readSettings(options, env)).notify
  const file: NotifySettings = {
    when: 'mentions',
    bell: false,
    desktop: false,
    text: false,
    quietHours: [{ from: 22 * 60, to: 7 * 60 }],
  }
  assert.deepEqual(await notify({}), file)
  assert.deepEqual(await notify({ TIDINGS_NOTIFY: 'all', TIDINGS_QUIET_HOURS: '1:00-2:00' }), {
    ...file,
    when: 'all',
    quietHours: [{ from: 60, to: 120 }],
  })
  assert.deepEqual((await notify({ TIDINGS_QUIET_HOURS: 'none' })).quietHours, [])
  const wrong = { code: 'bad_config', message: /^TIDINGS_QUIET_HOURS: "night" are no hours/ }
  await assert.rejects(notify({ TIDINGS_QUIET_HOURS: 'night' }), wrong)
})
