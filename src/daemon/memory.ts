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

/** How far the heap may grow, in percent, before it is looked through for garbage. */
const GROWTH = 20
/**
 * Until a node is ready. The heap grows all the time then, and is looked through for little; with
 * what it is later the next time would come with the first page that is shown, which took 20 ms
 * instead of 8.
 */
const GROWTH_AT_START = 60

/** Of V8, from the start of a process on. */
export const FRUGAL_FLAGS = [
  '--semi-space-growth-factor=1',
  '--max-semi-space-size=4',
  `--heap-growing-percent=${GROWTH_AT_START}`,
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

/** Before a node is started, also in a process that was begun without these flags. */
export function startFrugally(): void {
  for (const flag of FRUGAL_FLAGS) setFlagsFromString(flag)
}

/** A start is over. It counts from the next look through the heap on. */
export function keepMemorySmall(): void {
  setFlagsFromString(`--heap-growing-percent=${GROWTH}`)
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
