// A process that opens a long history as a node of Tidings.
import { logTag, messageId } from '../src/core/id.ts'
import type { LocalNode } from '../src/node/node.ts'
import { nodeOn, startNode, storeIn } from './live-node.ts'
import { type OpenTasks, settle, tookMs } from './open-tasks.ts'
import { answerTasks } from './processes.ts'

const PAGE = 50

let node: LocalNode | undefined

/** The first log of the first conversation. */
function firstLog() {
  const [report] = node?.sync() ?? []
  const [log] = report?.devices ?? []
  if (!report || !log) throw new Error('there is no history')
  return { conversation: report.conversation, device: log.device, shown: log.shown }
}

function page(before?: string): Promise<number> {
  const { conversation } = firstLog()
  return tookMs(async () => {
    const options = { limit: PAGE, ...(before !== undefined && { before }) }
    const messages = (await node?.history(conversation, options)) ?? []
    if (messages.length !== PAGE) throw new Error(`${messages.length} messages came`)
  })
}

answerTasks<OpenTasks>({
  open: async ({ directory }) => {
    const store = await storeIn(directory, false)
    node = await nodeOn(store, { name: 'bench', accept: 'never', port: 0 })
    await startNode(node)
    return performance.now()
  },
  newest: () => page(),
  middle: () => {
    const { conversation, device, shown } = firstLog()
    const tag = logTag(conversation, device)
    return page(messageId(tag, Math.floor(shown / 2)))
  },
  settle,
  close: () => node?.stop(),
})
