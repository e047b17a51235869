import assert from 'node:assert/strict'
import type { NetworkInterfaceInfo } from 'node:os'
import { test } from 'node:test'

import { linkKind, lookAtLinks, neighbourIn } from '../../../src/daemon/machine/links.ts'
import type { Look } from '../../../src/daemon/machine/look.ts'

function look(files: Record<string, string>, platform = 'linux', says = ''): Look {
  return { platform, read: (file) => files[file], run: async () => says }
}

function at(cidr: string): NetworkInterfaceInfo[] {
  const [address = ''] = cidr.split('/')
  const internal = address.startsWith('127.')
  return [{ address, netmask: '', family: 'IPv4', mac: '', internal, cidr }]
}

test('what an interface is comes from its name and what the system says', () => {
  const wired = { internal: false, isWireless: false }
  for (const [name, kind] of [
    ['eth0', 'wired'],
    ['enp3s0', 'wired'],
    ['wlp2s0', 'wireless'],
    ['Wi-Fi', 'wireless'],
    ['wg0', 'tunnel'],
    ['utun4', 'tunnel'],
    ['tailscale0', 'tunnel'],
    ['ppp0', 'tunnel'],
    ['Contoso VPN', 'tunnel'],
    ['docker0', 'virtual'],
    ['br-1a2b', 'virtual'],
    ['vEthernet (WSL)', 'virtual'],
  ] as const) {
    assert.equal(linkKind(name, wired), kind, name)
  }
  assert.equal(linkKind('lo', { ...wired, internal: true }), 'loopback')
  assert.equal(linkKind('en0', { ...wired, isWireless: true }), 'wireless')
  assert.equal(linkKind('office', { ...wired, type: '65534' }), 'tunnel')
})

test('another address of a network, where there is room for one', () => {
  assert.equal(neighbourIn('192.168.1.20/24'), '192.168.1.1')
  assert.equal(neighbourIn('192.168.1.1/24'), '192.168.1.2')
  assert.equal(neighbourIn('10.20.30.40/8'), '10.0.0.1')
  assert.equal(neighbourIn('203.0.113.9/29'), '203.0.113.10')
  assert.equal(neighbourIn('10.0.0.1/32'), undefined)
  assert.equal(neighbourIn('fd00::1/64'), undefined)
})

test('a VPN that takes the local network is seen by where packets would leave', async () => {
  const interfaces = { lo: at('127.0.0.1/8'), eth0: at('10.0.0.7/24'), wg0: at('10.8.0.2/24') }
  const taken = await lookAtLinks(look({}), interfaces, async () => '10.8.0.2')
  assert.equal(taken.defaultBy, 'wg0')
  const eth0 = taken.links.find(({ name }) => name === 'eth0')
  assert.deepEqual([eth0?.kind, eth0?.network, eth0?.networkBy], ['wired', '10.0.0.7/24', 'wg0'])
  const beside = await lookAtLinks(look({}), interfaces, async (to) =>
    to.startsWith('10.0.0.') ? '10.0.0.7' : undefined,
  )
  assert.equal(beside.defaultBy, undefined)
  assert.equal(beside.links.find(({ name }) => name === 'eth0')?.networkBy, 'eth0')
})

test('whether the router answers is in the tables of the system', async () => {
  const files = (flags: string): Record<string, string> => ({
    '/proc/net/route':
      'Iface\tDestination\tGateway \tFlags\n' +
      'wlan0\t00000000\t0101A8C0\t0003\nwlan0\t0001A8C0\t00000000\t0001\n',
    '/proc/net/arp':
      'IP address       HW type     Flags       HW address            Mask     Device\n' +
      `192.168.1.1      0x1         ${flags}         aa:bb:cc:dd:ee:ff     *        wlan0\n`,
    '/sys/class/net/wlan0/phy80211/index': '0\n',
  })
  const interfaces = { wlan0: at('192.168.1.20/24') }
  const seen = async (flags: string): Promise<unknown> => {
    const { links } = await lookAtLinks(look(files(flags)), interfaces, async () => undefined)
    return [links[0]?.kind, links[0]?.routerAnswers]
  }
  assert.deepEqual(await seen('0x2'), ['wireless', true])
  assert.deepEqual(await seen('0x0'), ['wireless', false])
})

test('macOS says which interface is its Wi-Fi', async () => {
  const says = 'Hardware Port: Ethernet\nDevice: en1\n\nHardware Port: Wi-Fi\nDevice: en0\n'
  const interfaces = { en0: at('10.0.0.7/24'), en1: at('10.0.1.7/24') }
  const { links } = await lookAtLinks(look({}, 'darwin', says), interfaces, async () => undefined)
  assert.deepEqual(
    links.map(({ kind }) => kind),
    ['wireless', 'wired'],
  )
})
