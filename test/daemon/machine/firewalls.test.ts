import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Firewall } from '../../../src/api/handlers/doctor/machine.ts'
import { lookAtFirewalls } from '../../../src/daemon/machine/firewalls.ts'

const PORTS = { listen: 4001, mdns: 5353 }

/** What there is, as the first words of commands and what they say, and files. */
function seen(
  platform: string,
  says: Record<string, string>,
  files: Record<string, string> = {},
): Promise<Firewall[]> {
  const look = {
    platform,
    read: (file: string) => files[file],
    run: async (file: string, ...args: readonly string[]) => {
      const command = [file.replace(/.*\//, ''), ...args].join(' ')
      return Object.entries(says).find(([begins]) => command.startsWith(begins))?.[1]
    },
  }
  return lookAtFirewalls(look, ['eth0'], PORTS)
}

const kinds = (firewalls: readonly Firewall[]): string[] =>
  firewalls.map(({ kind, state }) => `${kind} ${state}`)

test('ufw and firewalld are seen without being root, nftables is not', async () => {
  const conf = { '/etc/ufw/ufw.conf': '# comment\nENABLED=yes\nLOGLEVEL=low\n' }
  assert.deepEqual(kinds(await seen('linux', {}, conf)), ['ufw active'])
  const off = { '/etc/ufw/ufw.conf': 'ENABLED=no\n' }
  assert.deepEqual(kinds(await seen('linux', {}, off)), ['nftables hidden'])
  const unit = { 'systemctl is-active firewalld': 'active\n' }
  assert.deepEqual(kinds(await seen('linux', unit)), ['firewalld active'])
  assert.deepEqual(kinds(await seen('linux', {})), ['nftables hidden'])
})

test('rules of nftables that can be read are judged', async () => {
  const chain = { family: 'inet', table: 'filter', name: 'input', type: 'filter', hook: 'input' }
  const nftables = [{ chain: { ...chain, policy: 'drop' } }]
  const nft = { 'nft -j list ruleset': JSON.stringify({ nftables }) }
  const [firewall] = await seen('linux', nft)
  assert.deepEqual([firewall?.kind, firewall?.state], ['nftables', 'active'])
  assert.deepEqual(
    firewall?.blocks.map(({ protocol }) => protocol),
    ['tcp', 'udp'],
  )
  assert.deepEqual(await seen('linux', { 'nft -j list ruleset': '{"nftables":[]}' }), [])
})

test('those of macOS and Windows are asked whether they are on', async () => {
  const mac = (state: string): Promise<Firewall[]> =>
    seen('darwin', { 'socketfilterfw --getglobalstate': state })
  assert.deepEqual(kinds(await mac('Firewall is enabled. (State = 1)\n')), ['macos active'])
  assert.deepEqual(await mac('Firewall is disabled. (State = 0)\n'), [])
  const windows = (state: string): Promise<Firewall[]> =>
    seen('win32', { 'netsh advfirewall show currentprofile state': state })
  assert.deepEqual(kinds(await windows('State                  ON\n')), ['windows active'])
  assert.deepEqual(await windows('State                  OFF\n'), [])
  assert.deepEqual(await seen('freebsd', {}), [])
})
