// Writes the documents that are made from the tables in the code, or with --check tells which of
// them is not up to date.
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { apiDocument } from './docs-api.ts'
import { cliDocument } from './docs-cli.ts'
import { manualPage } from './docs-man.ts'
import { apiSchema } from './docs-schema.ts'

const FOLDER = path.join(import.meta.dirname, '../docs')

const FILES: Readonly<Record<string, () => string>> = {
  'API.md': apiDocument,
  'api.schema.json': apiSchema,
  'CLI.md': cliDocument,
  'tidings.1': manualPage,
}

for (const [name, make] of Object.entries(FILES)) {
  const file = path.join(FOLDER, name)
  const wanted = make()
  if (!process.argv.includes('--check')) await writeFile(file, wanted)
  else if ((await readFile(file, 'utf8').catch(() => '')) !== wanted) {
    console.error(`docs/${name} is not what the code says; run: node tools/docs.ts`)
    process.exitCode = 1
  }
}
