// Text as bad as a stranger can make it, and values of the API's shapes that are full of it: to
// find out whether any of it reaches a screen as it is.
import * as fc from 'fast-check'
import type * as v from 'valibot'

/**
 * What no line on a screen may hold: controls (other than the line feeds that are our own), bidi
 * controls, zero-width characters, tags, lone surrogates.
 */
export const ACTS_ON_A_TERMINAL = new RegExp(
  '[\\u0000-\\u0009\\u000b-\\u001f\\u007f-\\u009f\\u00ad\\u061c\\u200b\\u200e\\u200f' +
    '\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\u{e0000}-\\u{e0fff}\\p{Cs}]',
  'u',
)

const PIECES = [
  '\u001b[2J',
  '\u001b]0;title\u0007',
  '\u009b31m',
  '\u202egnp.exe',
  '\u2066',
  '\u200b',
  '\ufeff',
  '\r',
  '\b',
  '\t',
  '\u2028',
  '\u{e0041}',
  '\ud800',
  'Anna',
  '\u738b',
  ' ',
]

export const wicked: fc.Arbitrary<string> = fc
  .array(fc.oneof(fc.constantFrom(...PIECES), fc.string({ unit: 'binary', maxLength: 4 })), {
    minLength: 1,
    maxLength: 6,
  })
  .map((pieces) => pieces.join(''))

/** Times and ids are made by this node, or checked for their form before it takes them. */
const TIMES = new Set(['sentAt', 'lastSeen'])
const IDS = new Set('account author conversation cursor device holders id peerId'.split(' '))
/** The id that everybody and everything has. */
export const ID = 'k3vxk3vx'

interface Schema extends v.GenericSchema {
  readonly entries?: Readonly<Record<string, Schema>>
  readonly item?: Schema
  readonly wrapped?: Schema
  readonly options?: readonly unknown[]
  readonly literal?: unknown
}

/** A value of the schema in which everything that others may choose is as bad as it gets. */
export function wickedValue(schema: v.GenericSchema, gen: fc.GeneratorValue): unknown {
  return build(schema, gen, '')
}

function build(schema: Schema, gen: fc.GeneratorValue, name: string): unknown {
  const { type, entries, item, wrapped, options = [], literal } = schema
  if (entries) {
    const fields = Object.entries(entries).map(([key, entry]) => [key, build(entry, gen, key)])
    return Object.fromEntries(fields) as unknown
  }
  if (type === 'variant') return build(gen(fc.constantFrom, ...options) as Schema, gen, name)
  if (wrapped) return gen(fc.boolean) ? null : build(wrapped, gen, name)
  if (item) return [build(item, gen, name), build(item, gen, name)]
  switch (type) {
    case 'literal':
      return literal
    case 'picklist':
      return gen(fc.constantFrom, ...options)
    case 'boolean':
      return gen(fc.boolean)
    case 'number':
      return gen(fc.nat)
    default:
      if (TIMES.has(name)) return '2026-05-04T12:00:00.000Z'
      return IDS.has(name) ? ID : gen(() => wicked)
  }
}
