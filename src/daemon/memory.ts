// How much memory a node takes beyond what it needs. The defaults of the engine and of the C
// library spend memory to save time, since a machine of today has plenty; a program that always
// runs in the background should not. Measured while a contact fills the disk, after twelve other
// floods: 248 MiB with what is here. With a threshold of 128 KiB it is 222 to 241, and a sender
// of a million messages takes 10 MB less, but a first catch-up is slower by an eighth: a page in
// its frame is a little larger than that, and costs a system call and its first touch of each
// 4 KiB; with the engine's own flags a catch-up was faster by a third, and took 100 to 140 MB more.
import process from 'node:process'
import { setFlagsFromString } from 'node:v8'

import type { Variable } from '../core/environment.ts'

/** Of V8: how it lets its heap grow before it looks for garbage; the last counts from the start. */
export const FRUGAL_FLAGS = [
  '--semi-space-growth-factor=1',
  '--heap-growing-percent=20',
  '--max-semi-space-size=4',
]

/**
 * Of the C library of Linux, which reads them only when a process begins: it gives what is larger
 * than a page of 128 KiB in its frame back at once, uses the room of pages again, and has one place
 * from which threads take smaller pieces.
 */
const SETTINGS = {
  MALLOC_ARENA_MAX: '1',
  MALLOC_MMAP_THRESHOLD_: '163840',
  MALLOC_TRIM_THRESHOLD_: '131072',
} satisfies Partial<Record<Variable, string>>

export function keepMemorySmall(): void {
  for (const flag of FRUGAL_FLAGS) setFlagsFromString(flag)
}

/** The environment for a process that runs a node. What the user has set stays. */
export function frugalEnvironment(): NodeJS.ProcessEnv {
  return { ...SETTINGS, ...process.env }
}

/** Starts this process again in that environment, unless it has it. Nothing may be in use yet. */
export function becomeFrugal(): void {
  const isFrugal = Object.keys(SETTINGS).every((name) => name in process.env)
  if (process.platform !== 'linux' || isFrugal) return
  const args = [process.execPath, ...FRUGAL_FLAGS, ...process.execArgv, ...process.argv.slice(1)]
  process.execve?.(process.execPath, args, frugalEnvironment())
}
