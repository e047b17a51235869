// Files as one names them at the prompt: from the folder in which the program was started, or with
// `~/` from one's own.
import { opendirSync, statSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'

import { REPL_FOLDER_ENTRIES_MAX } from '../core/limits.ts'

/** The absolute path of a file that was typed. */
export function fileNamed(typed: string): string {
  const inHome = /^~(?:\/(.*))?$/s.exec(typed)
  return inHome ? path.join(os.homedir(), inHome[1] ?? '') : path.resolve(typed)
}

/** The names of what lies in a folder, folders with `/` behind them. Empty for none. */
export function filesIn(folder: string): string[] {
  const found: string[] = []
  try {
    const at = fileNamed(folder)
    using open = opendirSync(at)
    for (let entry = open.readSync(); entry; entry = open.readSync()) {
      const isFolder = entry.isDirectory() || (entry.isSymbolicLink() && leadsOn(at, entry.name))
      found.push(isFolder ? `${entry.name}/` : entry.name)
      if (found.length >= REPL_FOLDER_ENTRIES_MAX) break
    }
  } catch {
    // What cannot be read has nothing to suggest.
    return []
  }
  return found.toSorted((a, b) => a.localeCompare(b))
}

function leadsOn(folder: string, name: string): boolean {
  try {
    return statSync(path.join(folder, name)).isDirectory()
  } catch {
    // It leads nowhere, or round in circles.
    return false
  }
}
