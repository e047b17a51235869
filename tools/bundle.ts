// Makes what the launcher runs of a published package: the program and the libraries that it uses,
// joined into few files. Of the time from the start of a node until it is ready, finding and
// joining a thousand modules took half.
//
// usage: node tools/bundle.ts FOLDER
import { readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { build, type Metafile } from 'esbuild'

const ROOT = path.join(import.meta.dirname, '..')
/** They have code of the machine, which is looked for beside them. */
const NOT_BUNDLED = ['classic-level', 'level']
const RULE = `\n\n${'-'.repeat(80)}\n\n`
/** Libraries of the older kind ask for parts of Node by it. */
const REQUIRE =
  "import { createRequire as requireFrom } from 'node:module';" +
  'const require = requireFrom(import.meta.url);'

interface Package {
  readonly name: string
  readonly version: string
  readonly license: string
  readonly repository?: string | { readonly url: string }
}

/** A folder of each package that is in it, relative to the root. */
function packagesIn({ inputs }: Metafile): string[] {
  const folders = Object.keys(inputs).flatMap((file) => {
    return /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []
  })
  return [...new Set(folders)].toSorted()
}

/** Whose it is and under which license; with its text, where the package has one. */
async function licenseOf(folder: string): Promise<string> {
  const read = (name: string): Promise<string> => readFile(path.join(ROOT, folder, name), 'utf8')
  const { name, version, license, repository } = JSON.parse(await read('package.json')) as Package
  const where = typeof repository === 'string' ? repository : repository?.url
  const files = await readdir(path.join(ROOT, folder))
  const texts = files.filter((file) => /^(licen[cs]e|notice|copying)/i.test(file)).map(read)
  const heading = `${name} ${version}, license ${license}, ${where}`
  return [heading, ...(await Promise.all(texts))].join('\n\n')
}

async function bundle(folder: string): Promise<void> {
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: ['src/cli/main.ts', 'src/daemon/memory.ts'],
    entryNames: '[name]',
    outdir: path.resolve(folder),
    bundle: true,
    // What is imported when it is needed stays apart.
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    external: NOT_BUNDLED,
    banner: { js: REQUIRE },
    metafile: true,
    logLevel: 'warning',
  })
  const licenses = new Set(await Promise.all(packagesIn(metafile).map(licenseOf)))
  await writeFile(path.join(folder, 'licenses.txt'), [...licenses].join(RULE))
}

const [folder] = process.argv.slice(2)
if (folder === undefined) throw new Error('usage: node tools/bundle.ts FOLDER')
await bundle(folder)
