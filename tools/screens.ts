// `npm run screens`: plays a story with real nodes and the real REPL in a real terminal (tmux), and
// writes what stands on the screen at its main moments to docs/screens, as text and as a picture,
// with docs/SCREENS.md to show them. `npm run screens -- --check` fails where they differ.
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { readCells } from './screens/cells.ts'
import { Stage } from './screens/stage.ts'
import { type Shot, Story } from './screens/story.ts'
import { toSvg } from './screens/svg.ts'

const DOCS = path.join(import.meta.dirname, '../docs')
const PAGE = 'SCREENS.md'
const FOLDER = 'screens'

const shots = await play()
const files = new Map([[PAGE, page(shots)], ...shots.flatMap(picturesOf)])
if (process.argv.includes('--check')) await check()
else await write()

async function play(): Promise<readonly Shot[]> {
  const stage = await Stage.set()
  try {
    const story = new Story(stage)
    await story.play()
    return story.shots
  } finally {
    await stage.end()
  }
}

function picturesOf({ name, title, columns, rows }: Shot): [file: string, content: string][] {
  const cells = readCells(rows)
  const text = cells.map((pieces) =>
    pieces
      .map((piece) => piece.text)
      .join('')
      .trimEnd(),
  )
  return [
    [`${FOLDER}/${name}.txt`, `${text.join('\n')}\n`],
    [`${FOLDER}/${name}.svg`, toSvg(cells, columns, title)],
  ]
}

function page(all: readonly Shot[]): string {
  const parts = all.map(
    ({ name, title, words }) =>
      `## ${title}\n\n${words}\n\n![${title}](${FOLDER}/${name}.svg)\n\n` +
      `([as text](${FOLDER}/${name}.txt))\n`,
  )
  const head =
    '# Screens\n\nThree people at a pumping station, seen by one of them. `npm run screens` ' +
    'plays this with real nodes\nin a real terminal, and makes this page.\n'
  return [head, ...parts].join('\n')
}

async function write(): Promise<void> {
  await rm(path.join(DOCS, FOLDER), { recursive: true, force: true })
  await mkdir(path.join(DOCS, FOLDER))
  for (const [name, content] of files) await writeFile(path.join(DOCS, name), content)
  console.log(`${shots.length} screens in docs/${FOLDER}`)
}

async function check(): Promise<void> {
  const there = existsSync(path.join(DOCS, FOLDER)) ? await readdir(path.join(DOCS, FOLDER)) : []
  const left = there.map((name) => `${FOLDER}/${name}`).filter((name) => !files.has(name))
  const faults = left.map((name) => `docs/${name}: no screen is called so`)
  for (const [name, content] of files) {
    const kept = await readFile(path.join(DOCS, name), 'utf8').catch(() => '')
    if (kept === content) continue
    faults.push(`docs/${name} is not as it would be made`)
    if (name.endsWith('.txt')) faults.push(difference(kept, content))
  }
  for (const fault of faults) console.error(fault)
  if (faults.length === 0) return console.log(`${shots.length} screens are as in docs/${FOLDER}`)
  console.error('npm run screens makes them anew.')
  process.exitCode = 1
}

/** Rows that differ, with their numbers. */
function difference(before: string, now: string): string {
  const [old, made] = [before.split('\n'), now.split('\n')]
  return Array.from({ length: Math.max(old.length, made.length) }, (_, index) => index)
    .filter((index) => old[index] !== made[index])
    .map((index) => `  ${index + 1} - ${old[index] ?? ''}\n  ${index + 1} + ${made[index] ?? ''}`)
    .join('\n')
}
