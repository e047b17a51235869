// JSON-RPC 2.0, one message a line (docs/API.md): the messages as values, and reading them from
// what somebody else wrote. Matching answers to requests is a Map in `client.ts`, which is all that
// a library would add here.
import { ERROR_CODES, type ErrorCode, TidingsError } from '../core/errors.ts'

export type RpcId = string | number

export interface RpcRequest {
  readonly method: string
  readonly params: unknown
  /** Absent in a notification, which gets no answer. */
  readonly id: RpcId | undefined
}

export interface RpcErrorObject {
  readonly code: number
  readonly message: string
  readonly data: { readonly code: ErrorCode }
}

/** What the daemon says: an answer, one event of a stream, or that a stream ended. */
export type RpcReply =
  | { readonly type: 'result'; readonly id: RpcId; readonly result: unknown }
  | { readonly type: 'error'; readonly id: RpcId | null; readonly error: TidingsError }
  | { readonly type: 'event'; readonly id: RpcId; readonly event: unknown }
  | { readonly type: 'end'; readonly id: RpcId; readonly error: TidingsError | undefined }

/** The notification that ends a running request or stream. */
export const CANCEL = 'cancel'

const VERSION = { jsonrpc: '2.0' } as const

export function requestMessage(method: string, params: unknown, id?: RpcId): object {
  return { ...VERSION, ...(id !== undefined && { id }), method, params }
}

export function resultMessage(id: RpcId, result: unknown): object {
  return { ...VERSION, id, result }
}

/** `id` is null when the request was too broken to tell. */
export function errorMessage(id: RpcId | null, error: TidingsError): object {
  return { ...VERSION, id, error: errorObject(error) }
}

export function eventMessage(id: RpcId, event: unknown): object {
  return { ...VERSION, method: 'event', params: { id, event } }
}

export function endMessage(id: RpcId, error: TidingsError | undefined): object {
  const params = { id, ...(error && { error: errorObject(error) }) }
  return { ...VERSION, method: 'end', params }
}

function errorObject(error: TidingsError): RpcErrorObject {
  const { code, message } = error
  return { code: ERROR_CODES[code].rpc, message, data: { code } }
}

/** A request that cannot be served, with its id as far as it could be read. */
export class BadRequest extends TidingsError {
  readonly id: RpcId | null

  constructor(code: 'bad_json' | 'bad_request', message: string, id: RpcId | null) {
    super(code, message)
    this.id = id
  }
}

/** @throws BadRequest */
export function parseRequest(line: string): RpcRequest {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    throw new BadRequest('bad_json', 'this line is not JSON', null)
  }
  if (Array.isArray(value)) {
    throw new BadRequest('bad_request', 'send one request a line instead of a batch', null)
  }
  if (!isObject(value)) throw new BadRequest('bad_request', 'a request is a JSON object', null)
  const { id, method, params } = value
  if (id !== undefined && !isId(id)) {
    throw new BadRequest('bad_request', '"id" must be a string or a number', null)
  }
  if (value['jsonrpc'] !== '2.0') {
    throw new BadRequest('bad_request', '"jsonrpc" must be "2.0"', id ?? null)
  }
  if (typeof method !== 'string') {
    throw new BadRequest('bad_request', '"method" must be a string', id ?? null)
  }
  return { method, params, id }
}

/** @throws TidingsError `protocol_error` when it is nothing that a daemon says */
export function parseReply(line: string): RpcReply {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (error) {
    throw new TidingsError('protocol_error', 'the daemon sent what is not JSON', { cause: error })
  }
  const reply = isObject(value) && replyOf(value)
  if (reply) return reply
  throw new TidingsError('protocol_error', 'the daemon sent what is not JSON-RPC')
}

function replyOf(value: Record<string, unknown>): RpcReply | undefined {
  const { id, method, params } = value
  if (isObject(params) && isId(params['id'])) {
    const about = params['id']
    if (method === 'event') return { type: 'event', id: about, event: params['event'] }
    if (method === 'end') return { type: 'end', id: about, error: readError(params['error']) }
    return undefined
  }
  const error = readError(value['error'])
  if (error && (id === null || isId(id))) return { type: 'error', id, error }
  return isId(id) ? { type: 'result', id, result: value['result'] } : undefined
}

function readError(value: unknown): TidingsError | undefined {
  if (!isObject(value)) return undefined
  const code = isObject(value['data']) ? value['data']['code'] : undefined
  const message = typeof value['message'] === 'string' ? value['message'] : 'unknown error'
  return new TidingsError(isErrorCode(code) ? code : 'internal', message)
}

function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(ERROR_CODES, code)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isId(value: unknown): value is RpcId {
  return typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value))
}
