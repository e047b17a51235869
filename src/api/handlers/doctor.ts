// What `doctor` looks at: the node, its database and clock, and every network interface. Each check
// says in plain words what was found, and what to do about it.
import type { TidingsNode } from '../../node/node-types.ts'
import type { Check } from '../shapes.ts'
import type { Host } from './host.ts'

/** Below this a busy node runs out of room within days, and LevelDB needs some to tidy up. */
const FREE_BYTES_MIN = 100 * 1024 * 1024
/** No clock that is right shows a time before this program was written. */
const PLAUSIBLE_FROM_MS = Date.UTC(2025, 0, 1)
const PLAUSIBLE_YEARS = 50

export async function examine(node: TidingsNode, host: Host): Promise<Check[]> {
  return [
    checkDatabase(node.damage),
    await checkDisk(host),
    checkClock(host.nowMs()),
    checkListening(node.identity().addresses),
    ...checkDiscovery(node, host),
    checkContacts(node),
    ...checkTroubles(node),
  ]
}

function ok(check: string, detail: string): Check {
  return { check, ok: true, detail, fix: '' }
}

function bad(check: string, detail: string, fix: string): Check {
  return { check, ok: false, detail, fix }
}

function checkDatabase(damage: readonly string[]): Check {
  if (damage.length === 0) return ok('database', 'everything that was read could be verified')
  return bad(
    'database',
    damage.join('; '),
    'stay online: what contacts still hold is fetched back. Where a conversation cannot be read, ' +
      'restart the node: that repairs the database and keeps a copy of it as it was',
  )
}

async function checkDisk(host: Host): Promise<Check> {
  const freeBytes = await host.freeBytes()
  const detail = `${Math.floor(freeBytes / 1024 / 1024).toLocaleString('en')} MiB free`
  if (freeBytes >= FREE_BYTES_MIN) return ok('disk', detail)
  return bad('disk', detail, 'make room: messages are refused when they cannot be kept')
}

function checkClock(nowMs: number): Check {
  const detail = `it is ${new Date(nowMs).toISOString()} here`
  const years = (nowMs - PLAUSIBLE_FROM_MS) / (365 * 24 * 3600 * 1000)
  if (years >= 0 && years < PLAUSIBLE_YEARS) return ok('clock', detail)
  const fix = "set this machine's clock: the order of messages is right, the times shown are not"
  return bad('clock', detail, fix)
}

function checkListening(addresses: readonly string[]): Check {
  const ports = new Set(addresses.map((address) => /\/tcp\/(\d+)/.exec(address)?.[1]))
  ports.delete(undefined)
  if (ports.size === 0) {
    return bad(
      'listening',
      'nobody can connect to this node: it has no address',
      'connect to a network, or look at "listen" in the configuration',
    )
  }
  const where = `port ${[...ports].join(', ')} at ${addresses.length} addresses`
  return ok('listening', `${where}; a firewall has to let it in`)
}

const noInterface = bad(
  'network',
  'there is no network interface to discover others on',
  'connect to a network, or look at "interfaces" and "mdns" in the configuration',
)

function checkDiscovery(node: TidingsNode, { discovers }: Host): Check[] {
  if (!discovers) {
    const detail = 'turned off in the configuration; "contact add HOST:PORT" finds people'
    return [ok('discovery', detail)]
  }
  const interfaces = node.interfaces()
  return interfaces.length === 0 ? [noInterface] : interfaces.map(checkInterface)
}

function checkInterface(report: ReturnType<TidingsNode['interfaces']>[number]): Check {
  const check = `interface ${report.name}`
  const where = report.addresses.join(', ') || 'no address'
  if (report.error !== undefined) {
    const fix = 'look at the firewall and the interface; meanwhile use "contact add HOST:PORT"'
    return bad(check, `${where}: ${report.error}`, fix)
  }
  if (!report.listening) {
    return bad(check, `${where}: discovery does not listen`, 'look at the log, or restart the node')
  }
  // That its own queries do not come back is an error of the interface; silence of others is not.
  const heard = `${report.queriesSent} queries sent, ${report.packetsHeard} packets of others heard`
  return ok(check, `${where}: ${heard}, ${report.nodesHeard} nodes found`)
}

/** What the user was told once and may have missed. The words say what to do. */
function checkTroubles(node: TidingsNode): Check[] {
  const covered = new Set(node.interfaces().map(({ name }) => `discovery on ${name}`))
  return node
    .troubles()
    .filter(({ where }) => !covered.has(where))
    .map(({ where, message }) => bad(where, message, ''))
}

function checkContacts(node: TidingsNode): Check {
  const friends = node.contacts().filter(({ state }) => state === 'friend')
  const online = friends.filter((contact) => contact.online)
  return ok('contacts', `${online.length} of ${friends.length} online`)
}
