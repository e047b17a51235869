import assert from 'node:assert/strict'
import { test } from 'node:test'

import { openingWords } from '../../../src/api/handlers/doctor/firewall-words.ts'
import type { Firewall } from '../../../src/api/handlers/doctor/machine.ts'
import { PLAIN_MACHINE } from '../harness.ts'

const BOTH = { tcp: 4001, udp: 5353 }

function words(platform: string, kinds: readonly Firewall['kind'][] = []): string {
  const firewalls = kinds.map((kind) => ({ kind, state: 'active' as const, blocks: [] }))
  return openingWords({ ...PLAIN_MACHINE, platform, firewalls }, BOTH)
}

test('each firewall of Linux gets its own commands', () => {
  assert.equal(
    words('linux', ['ufw']),
    'type "sudo ufw allow 4001/tcp", then "sudo ufw allow 5353/udp"',
  )
  const firewalld = '--permanent --add-port=4001/tcp --add-port=5353/udp'
  assert.equal(
    words('linux', ['firewalld']),
    `type "sudo firewall-cmd ${firewalld}", then "sudo firewall-cmd --reload"`,
  )
  assert.match(words('linux'), /^let TCP 4001 and UDP 5353 in; "sudo nft list ruleset"/)
})

test('a rule of nftables is put before the one that drops', () => {
  const block = { on: 'eth0', direction: 'in', port: 4001, isCertain: true } as const
  const blocks = [{ ...block, protocol: 'tcp', chain: 'ip6 a b' } as const]
  const firewalls: Firewall[] = [{ kind: 'nftables', state: 'active', blocks }]
  const said = openingWords({ ...PLAIN_MACHINE, firewalls }, BOTH)
  assert.match(said, /^type "sudo nft insert rule ip6 a b tcp dport 4001 accept", and put the same/)
  assert.match(openingWords({ ...PLAIN_MACHINE, firewalls }, { udp: 5353 }), /^let UDP 5353 in;/)
})

test('macOS goes by the program, and asks for the local network; Windows by the port', () => {
  const mac = words('darwin')
  assert.match(mac, /socketfilterfw --add \/usr\/bin\/node --unblockapp \/usr\/bin\/node"/)
  assert.match(mac, /Privacy & Security, Local Network/)
  const windows = words('win32')
  assert.match(windows, /as administrator: New-NetFirewallRule .*-Protocol TCP -LocalPort 4001/)
  assert.match(windows, /New-NetFirewallRule .*-Protocol UDP -LocalPort 5353$/)
})
