// A process that may be killed, or end by itself: opens a harmed database twice, as the node does,
// lets LevelDB tidy up all of it in between, and says what became of it.
import { readFileSync } from 'node:fs'

import { silentLogger } from '../../../src/core/logger.ts'
import { openStore } from '../../../src/store/open.ts'
import type { LevelStore } from '../../../src/store/store-level.ts'
import { compact } from '../../store/repair/tamper.ts'
import { random } from '../../store/samples.ts'
import { judgeTwice } from './contents.ts'

const [directory = '', contents = ''] = process.argv.slice(2)
const key = Buffer.from(process.env['OPENER_KEY'] ?? '', 'hex')
const { logs, records } = JSON.parse(readFileSync(contents, 'utf8')) as {
  logs: [string, string[]][]
  records: [string, string][]
}

const open = (): Promise<LevelStore> =>
  openStore({ directory, key, create: false, random, log: silentLogger })
console.log('opening')
const whole = { logs: new Map(logs), records: new Map(records) }
console.log(JSON.stringify(await judgeTwice(open, whole, () => compact(directory))))
