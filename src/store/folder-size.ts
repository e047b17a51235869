// How much a folder takes on disk: the size of all files in it, looked at anew only after some
// seconds, since a large database has thousands of files and people ask often.
import { readdir, stat } from 'node:fs/promises'
import path from 'node:path'

import { FOLDER_LOOKS_MAX, FOLDER_SIZE_KEPT_MS } from '../core/limits.ts'

export class FolderSize {
  private readonly folder: string
  private readonly nowMs: () => number
  private looked: { readonly atMs: number; readonly bytes: Promise<number> } | undefined

  /** @param nowMs milliseconds that never go back */
  constructor(folder: string, nowMs: () => number) {
    this.folder = folder
    this.nowMs = nowMs
  }

  /** Files that come and go meanwhile may count or not. */
  bytes(): Promise<number> {
    const atMs = this.nowMs()
    if (!this.looked || atMs - this.looked.atMs >= FOLDER_SIZE_KEPT_MS) {
      this.looked = { atMs, bytes: sizeOf(this.folder) }
    }
    return this.looked.bytes
  }
}

async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  const files = entries.filter((entry) => entry.isFile())
  let bytes = 0
  for (let i = 0; i < files.length; i += FOLDER_LOOKS_MAX) {
    const some = files.slice(i, i + FOLDER_LOOKS_MAX)
    const sizes = await Promise.all(some.map((entry) => sizeOfFile(entry.parentPath, entry.name)))
    for (const size of sizes) bytes += size
  }
  return bytes
}

async function sizeOfFile(folder: string, name: string): Promise<number> {
  try {
    return (await stat(path.join(folder, name))).size
  } catch {
    // The database tidied it away.
    return 0
  }
}
