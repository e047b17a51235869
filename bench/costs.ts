// What a process of a benchmark cost: the most memory it had, and what its TCP connections carried.
import { subscribe } from 'node:diagnostics_channel'
import { readFileSync } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import type { Socket } from 'node:net'
import path from 'node:path'

export interface Costs {
  readonly rssPeakBytes: number
  /** In both directions, with what encryption and multiplexing add, without headers of TCP. */
  readonly wireBytes: number
}

const sockets = new Set<Socket>()
for (const channel of ['net.client.socket', 'net.server.socket']) {
  subscribe(channel, (message) => sockets.add((message as { socket: Socket }).socket))
}

export function processCosts(): Costs {
  let wireBytes = 0
  for (const { bytesRead, bytesWritten } of sockets) wireBytes += bytesRead + bytesWritten
  return { rssPeakBytes: rssPeakBytes(), wireBytes }
}

/** Of this process alone: the system's other figure begins with that of its parent. */
function rssPeakBytes(): number {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS * 1024
  const status = readFileSync('/proc/self/status', 'utf8')
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) * 1024
}

/** What the files of a folder hold. */
export async function folderBytes(directory: string): Promise<number> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  const sizes = files.map(async ({ parentPath, name }) => {
    const { size } = await stat(path.join(parentPath, name))
    return size
  })
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
}
