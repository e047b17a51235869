// The program's version, from its package.json: the only place that has it.
import { readFileSync } from 'node:fs'
import path from 'node:path'

export function readVersion(): string {
  const file = path.join(import.meta.dirname, '../../package.json')
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}
