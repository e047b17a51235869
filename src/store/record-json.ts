// Small records as JSON, with one addition: bytes, as {"$bytes": "<base64>"}.

const BYTES = '$bytes'

export function recordToJson(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value, writeBytes))
}

/** @throws SyntaxError when it is not JSON */
export function recordFromJson(json: Buffer): unknown {
  const text = json.toString('utf8')
  // Looking at every value takes several times as long, and few records have bytes in them.
  return text.includes(BYTES) ? JSON.parse(text, readBytes) : JSON.parse(text)
}

// A Buffer has turned itself into something else by the time it arrives as `value`.
function writeBytes(this: unknown, key: string, value: unknown): unknown {
  const original = (this as Record<string, unknown>)[key]
  return original instanceof Uint8Array
    ? { [BYTES]: Buffer.from(original).toString('base64') }
    : value
}

function readBytes(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  const base64 = (value as Record<string, unknown>)[BYTES]
  return typeof base64 === 'string' ? new Uint8Array(Buffer.from(base64, 'base64')) : value
}
