// The layer rule: which folder of src/ may depend on which (docs/ARCHITECTURE.md, "Layers").
//
//   core <- wire <- store, net <- node <- api handlers <- daemon
//   core <- api methods <- api client <- cli, repl
//
// store and net never meet. The front ends reach the daemon by `import()` only: a command is a
// thin client, and loading libp2p would cost it some 200 ms.
import { isBuiltin } from 'node:module'

import type { Import } from './imports.ts'

interface Layer {
  readonly name: string
  readonly files: RegExp
  /** The layers it may import besides itself. */
  readonly below: readonly string[]
  /** The layers it may reach by `import()`. */
  readonly lazily?: readonly string[]
  /** The only packages and builtins it may import; without it, any that no other layer owns. */
  readonly only?: readonly RegExp[]
}

const FRONT_END = { below: ['core', 'api', 'cli', 'repl'], lazily: ['daemon'] }

// In order: the first whose pattern fits is a file's layer.
const LAYERS: readonly Layer[] = [
  {
    name: 'core',
    files: /^src\/core\//,
    below: [],
    only: [/^node:crypto$/, /^immutable$/, /^multiformats(\/|$)/],
  },
  { name: 'wire', files: /^src\/wire\//, below: ['core'], only: [/^node:(buffer|crypto)$/] },
  { name: 'store', files: /^src\/store\//, below: ['core', 'wire'] },
  { name: 'net', files: /^src\/net\//, below: ['core', 'wire'] },
  { name: 'node', files: /^src\/node\//, below: ['core', 'wire', 'store', 'net'] },
  {
    name: 'handlers',
    files: /^src\/api\/handlers[^/]*(\.ts$|\/)/,
    below: ['core', 'api', 'node'],
  },
  { name: 'api', files: /^src\/api\//, below: ['core'] },
  {
    name: 'daemon',
    files: /^src\/daemon\//,
    below: ['core', 'wire', 'store', 'net', 'node', 'api', 'handlers'],
  },
  { name: 'cli', files: /^src\/cli\//, ...FRONT_END },
  { name: 'repl', files: /^src\/repl\//, ...FRONT_END },
  { name: 'web', files: /^src\/web\//, below: ['core', 'api'] },
]

const OWNED: readonly { readonly layer: string; readonly packages: RegExp }[] = [
  {
    layer: 'net',
    packages: /^(libp2p|@libp2p\/.*|@chainsafe\/libp2p-.*|@multiformats\/.*|multicast-dns)(\/|$)/,
  },
  { layer: 'store', packages: /^(level|classic-level|abstract-level)(\/|$)/ },
]

// What is the same on every call with the same arguments: core has no randomness of its own.
const PURE_CRYPTO = ['hash', 'createHash', 'sign', 'verify', 'createPublicKey', 'createPrivateKey']

/** What is wrong with an import of a file in src, in words; nothing if it is allowed. */
export function layerFault({ from, to, dynamic, values }: Import): string | undefined {
  const layer = layerOf(from)
  if (!layer) return `${from} belongs to no layer`
  if (to === undefined) return `${from} imports what only a run can tell`
  if (!to.startsWith('src/') && isOutside(to)) return outsideFault(layer, from, to, values)
  const target = layerOf(to)
  if (!target) return `${from} imports ${to}, which belongs to no layer`
  if (target === layer || layer.below.includes(target.name)) return undefined
  if (dynamic && layer.lazily?.includes(target.name)) return undefined
  const how = layer.lazily?.includes(target.name) ? ' other than by import()' : ''
  return `${from} imports ${to}, but ${layer.name} may not import ${target.name}${how}`
}

/** Whether a file of src lies in a folder that the rule knows. */
export function hasLayer(file: string): boolean {
  return layerOf(file) !== undefined
}

function layerOf(file: string): Layer | undefined {
  return LAYERS.find(({ files }) => files.test(file))
}

/** A package or a builtin, as against a file of this repository. */
function isOutside(to: string): boolean {
  return isBuiltin(to) || !/\.[cm]?[jt]s$/.test(to)
}

function outsideFault(
  layer: Layer,
  from: string,
  to: string,
  values: readonly string[],
): string | undefined {
  const owner = OWNED.find(({ packages }) => packages.test(to))
  if (owner && owner.layer !== layer.name)
    return `${from} imports ${to}, which is for ${owner.layer} only`
  if (layer.only && !layer.only.some((allowed) => allowed.test(to)))
    return `${from} imports ${to}, but ${layer.name} is free of it`
  const impure = values.filter((name) => !PURE_CRYPTO.includes(name))
  if (layer.name === 'core' && to === 'node:crypto' && impure.length > 0)
    return `${from} takes ${impure.join(', ')} from node:crypto, but core is deterministic`
  return undefined
}
