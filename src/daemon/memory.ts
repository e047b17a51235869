// How much memory a node takes beyond what it needs. The defaults of the engine and of the C
// library spend memory to save time, since a machine of today has plenty; a program that always
// runs in the background should not. Measured while a contact fills the disk, after twelve other
// floods: 259 MiB with all but the last flag and a threshold of 64 KiB, 227 to 232 with what is
// here; a catch-up is as fast (ratio to the bare stack 0.40 and 0.41 against 0.39 and 0.42).
import process from 'node:process'
import { setFlagsFromString } from 'node:v8'

/** Of V8: how it lets its heap grow before it looks for garbage; the last counts from the start. */
export const FRUGAL_FLAGS = [
  '--semi-space-growth-factor=1',
  '--heap-growing-percent=20',
  '--max-semi-space-size=4',
]

/**
 * Of the C library of Linux, which reads them only when a process begins: it gives large pieces
 * back at once, from few places. A node moves pages of 128 KiB in encrypted frames of just under
 * 64 KiB, and would otherwise keep many.
 */
const SETTINGS = {
  MALLOC_ARENA_MAX: '1',
  MALLOC_MMAP_THRESHOLD_: '131072',
  MALLOC_TRIM_THRESHOLD_: '131072',
}

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
