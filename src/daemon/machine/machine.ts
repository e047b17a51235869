// Looks at the machine for `doctor`: its interfaces, the ways that packets take, its firewalls.
import type { Machine, Ports } from '../../api/handlers/doctor/machine.ts'
import { lookAtFirewalls } from './firewalls.ts'
import { lookAtLinks } from './links.ts'
import { type Look, thisMachine } from './look.ts'

export async function lookAtMachine(ports: Ports, look: Look = thisMachine): Promise<Machine> {
  const { links, defaultBy } = await lookAtLinks(look)
  const on = links.filter(({ kind }) => kind !== 'loopback').map(({ name }) => name)
  const firewalls = await lookAtFirewalls(look, on, ports)
  const { platform } = look
  return { platform, program: process.execPath, links, defaultBy, firewalls }
}
