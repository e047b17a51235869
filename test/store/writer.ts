// A process to be killed: opens a database, and either says why it cannot, or commits entry after
// entry and tells of each one that was accepted. Arguments: folder, how many commits at once.
import { isTidingsError } from '../../src/core/errors.ts'
import { open, SampleLog } from './samples.ts'

const [directory = '', width = '1'] = process.argv.slice(2)

try {
  const store = await open(directory)
  const log = SampleLog.of('writer')
  const conversation = log.conversation
  for (const record of await store.heads()) {
    if (record.conversation === conversation) log.head = record.head
  }
  console.log(`open ${log.head.seq}`)
  const commits = new Set<Promise<void>>()
  for (;;) {
    const run = log.next([`entry ${log.head.seq + 1}`])
    const batch = store.batch()
    batch.putRun(run)
    batch.putHead(log.record())
    log.putOrder(batch, run.first)
    const commit = store.commit(batch).then(() => {
      console.log(`accepted ${run.first}`)
      commits.delete(commit)
    })
    commits.add(commit)
    while (commits.size >= Number(width)) await Promise.race(commits)
  }
} catch (error) {
  console.log(`failed ${isTidingsError(error) ? error.code : String(error)}`)
}
