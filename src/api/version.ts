// The program's version, from its package.json: the only place that has it; and the version of what
// scripts and bots rely on.
import { readFileSync } from 'node:fs'
import path from 'node:path'

import * as v from 'valibot'

/**
 * Of the API and of what `--json` prints (docs/API.md, "Versions"). It rises when a method, a
 * parameter, a field or an error code goes or changes its meaning; never for what is new.
 */
export const API_VERSION = 1

export const apiVersion = v.pipe(
  v.literal(API_VERSION),
  v.description('of the API and of what --json prints; rises only when something breaks'),
)

export function readVersion(): string {
  const file = path.join(import.meta.dirname, '../../package.json')
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}
