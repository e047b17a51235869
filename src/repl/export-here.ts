// `/export`: the same as the command of the command line, always into a file, and with words for
// it.
import { EXPORT_FORMATS } from '../cli/export-formats.ts'
import { exportToFile } from '../cli/exporting.ts'
import { exportedConversationText } from '../cli/render-keeping.ts'
import { TidingsError } from '../core/errors.ts'
import type { ParamValues } from './arguments.ts'
import { fileNamed } from './files.ts'
import type { ReplClient } from './repl-client.ts'

/**
 * The lines to say once the file is there.
 *
 * @throws TidingsError `bad_input`, `file_exists`, `file_unusable`, `disk_full`, and the node's
 */
export async function exportHere(client: ReplClient, params: ParamValues): Promise<string[]> {
  const { output, format: wanted = 'jsonl', force } = params
  if (typeof output !== 'string' || output === '') {
    throw new TidingsError('bad_input', '/export needs a file to write: --output FILE')
  }
  const format = EXPORT_FORMATS.find((name) => name === wanted)
  if (!format) {
    throw new TidingsError('bad_input', `--format is one of ${EXPORT_FORMATS.join(', ')}`)
  }
  const text = (name: string): string | undefined => {
    return params[name] === undefined ? undefined : String(params[name])
  }
  const conversation = text('conversation') ?? ''
  const request = { conversation, format, since: text('since'), until: text('until') }
  const target = { file: fileNamed(output), force: force === true }
  const abort = new AbortController()
  // A node that goes away ends it: the file does not appear then.
  void client.closed.then(() => abort.abort())
  const { result, notes } = await exportToFile(client, request, target, abort.signal)
  return [exportedConversationText(result), ...notes]
}
