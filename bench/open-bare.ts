// A process that opens as many records, in LevelDB alone, and listens.
import { bareHost } from './bare-host.ts'
import { keyOf, openBare } from './bare-records.ts'
import { type OpenTasks, settle, tookMs } from './open-tasks.ts'
import { answerTasks } from './processes.ts'

const PAGE = 50

let db: Awaited<ReturnType<typeof openBare>> | undefined

function page(first: number): Promise<number> {
  return tookMs(async () => {
    const entries = await db?.iterator({ gte: keyOf(first), limit: PAGE }).all()
    if (entries?.length !== PAGE) throw new Error(`${entries?.length} records came`)
  })
}

answerTasks<OpenTasks>({
  open: async ({ directory }) => {
    db = await openBare(directory)
    await bareHost()
    return performance.now()
  },
  newest: ({ count }) => page(count - PAGE),
  middle: ({ count }) => page(Math.floor(count / 2)),
  settle,
  close: () => db?.close(),
})
