// The handlers of what is kept, and for how long: exports, archives, messages that disappear.
import path from 'node:path'

import { TidingsError } from '../../core/errors.ts'
import { parseTimeSpan } from '../../core/time-span.ts'
import type {
  ArchiveSummary,
  ExportOptions,
  ExportPage,
  TidingsNode,
} from '../../node/node-types.ts'
import type { Result } from '../methods.ts'
import type { ShownArchive } from '../shapes-keeping.ts'
import type { Handlers } from './methods.ts'
import { messageShape } from './views.ts'

type KeepingName = 'disappear' | 'export' | Extract<keyof Handlers, `archive.${string}`>

export function aboutKeeping(node: TidingsNode): Pick<Handlers, KeepingName> {
  const { archives } = node
  return {
    disappear: async ({ conversation, after }) => {
      const view = await node.disappear(conversation, after === undefined ? undefined : span(after))
      return { ...view, setBy: view.setBy ?? null }
    },
    export: async ({ conversation, cursor, sentFrom, sentBefore }) => {
      const options: ExportOptions = {
        ...(cursor !== undefined && { cursor }),
        ...(sentFrom !== undefined && { sinceMs: timeIn('sentFrom', sentFrom) }),
        ...(sentBefore !== undefined && { untilMs: timeIn('sentBefore', sentBefore) }),
      }
      return pageShape(await node.exportPage(conversation, options))
    },
    'archive.import': async ({ file, name }, { signal }) => {
      if (!path.isAbsolute(file)) {
        throw new TidingsError('bad_input', '"file" has to be an absolute path')
      }
      return archiveShape(await archives.add(file, name, signal))
    },
    'archive.list': () => archives.list().map(archiveShape),
    'archive.show': async ({ name, limit, before, search }, { signal }) => {
      const options = {
        limit,
        ...(before !== undefined && { before }),
        ...(search !== undefined && { search }),
      }
      const { archive, items } = await archives.show(name, options, signal)
      return { archive: archiveShape(archive), items: [...items] }
    },
    'archive.remove': async ({ name }) => archiveShape(await archives.remove(name)),
  }
}

/** Seconds. @throws `bad_input` */
function span(after: string): number {
  return after.trim().toLowerCase() === 'off' ? 0 : parseTimeSpan(after)
}

/** @throws `bad_input` */
function timeIn(name: string, text: string): number {
  const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(text)
  const timeMs = isTime ? Date.parse(text) : Number.NaN
  if (!Number.isNaN(timeMs)) return timeMs
  const words = `"${name}" is no time; write it like 2026-05-04T12:00:00Z`
  throw new TidingsError('bad_input', words)
}

function pageShape(page: ExportPage): Result<'export'> {
  const items = page.items.map((item) => {
    return item.type === 'gap' ? item : { ...item, message: messageShape(item.message) }
  })
  return { ...page, members: [...page.members], items, next: page.next ?? null }
}

function archiveShape({ members, ...rest }: ArchiveSummary): ShownArchive {
  return { ...rest, members: [...members], proven: false }
}
