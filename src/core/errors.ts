// Every failure that leaves this program has one of these codes. Codes are stable, scripts rely on
// them; messages are plain words for a person and free to improve.

/** The exit codes of the command line, and what each tells a script. */
export const EXIT_CODES = {
  0: 'done',
  1: 'failed; the error says why',
  2: 'usage: the command, an option or a value is not what it has to be',
  3: 'no node runs for the profile',
  4: 'the profile is locked, or the password is wrong',
  5: 'not delivered, or not read, within --timeout; the message is on disk and still goes out',
  130: 'interrupted, by Ctrl+C',
} as const

export type ExitCode = keyof typeof EXIT_CODES

interface CodeInfo {
  /** JSON-RPC 2.0 error code. */
  readonly rpc: number
  readonly exit: ExitCode
}

/** The one table from error code to JSON-RPC code and exit code. */
export const ERROR_CODES = {
  internal: { rpc: -32603, exit: 1 },
  bad_json: { rpc: -32700, exit: 1 },
  bad_request: { rpc: -32600, exit: 1 },
  unknown_method: { rpc: -32601, exit: 2 },
  bad_input: { rpc: -32602, exit: 2 },
  unknown_command: { rpc: 1001, exit: 2 },
  bad_config: { rpc: 1002, exit: 2 },
  text_empty: { rpc: 1010, exit: 2 },
  text_too_long: { rpc: 1011, exit: 2 },
  text_not_utf8: { rpc: 1012, exit: 2 },
  bad_name: { rpc: 1013, exit: 2 },
  unknown_name: { rpc: 1020, exit: 1 },
  ambiguous_name: { rpc: 1021, exit: 1 },
  unknown_conversation: { rpc: 1022, exit: 1 },
  unknown_message: { rpc: 1023, exit: 1 },
  not_a_contact: { rpc: 1024, exit: 1 },
  contact_blocked: { rpc: 1025, exit: 1 },
  contact_is_self: { rpc: 1026, exit: 1 },
  no_request: { rpc: 1027, exit: 1 },
  not_a_member: { rpc: 1028, exit: 1 },
  not_admin: { rpc: 1029, exit: 1 },
  outranked: { rpc: 1110, exit: 1 },
  group_full: { rpc: 1111, exit: 1 },
  group_key_missing: { rpc: 1112, exit: 1 },
  unreachable: { rpc: 1030, exit: 1 },
  identity_mismatch: { rpc: 1031, exit: 1 },
  protocol_error: { rpc: 1032, exit: 1 },
  too_busy: { rpc: 1033, exit: 1 },
  timeout: { rpc: 1034, exit: 1 },
  listen_failed: { rpc: 1035, exit: 1 },
  not_delivered: { rpc: 1040, exit: 5 },
  no_daemon: { rpc: 1050, exit: 3 },
  already_running: { rpc: 1051, exit: 1 },
  shutting_down: { rpc: 1052, exit: 1 },
  unknown_profile: { rpc: 1060, exit: 1 },
  profile_exists: { rpc: 1061, exit: 1 },
  wrong_password: { rpc: 1062, exit: 4 },
  profile_locked: { rpc: 1063, exit: 4 },
  home_unusable: { rpc: 1070, exit: 1 },
  database_newer: { rpc: 1071, exit: 1 },
  database_busy: { rpc: 1072, exit: 1 },
  database_damaged: { rpc: 1073, exit: 1 },
  disk_full: { rpc: 1074, exit: 1 },
  too_many_devices: { rpc: 1075, exit: 1 },
  backup_damaged: { rpc: 1080, exit: 1 },
  backup_newer: { rpc: 1081, exit: 1 },
  file_exists: { rpc: 1082, exit: 1 },
  file_unusable: { rpc: 1083, exit: 1 },
  unknown_archive: { rpc: 1100, exit: 1 },
  archive_exists: { rpc: 1101, exit: 1 },
  archive_invalid: { rpc: 1102, exit: 1 },
  archive_newer: { rpc: 1103, exit: 1 },
  not_yours: { rpc: 1200, exit: 1 },
  message_deleted: { rpc: 1201, exit: 1 },
  bad_emoji: { rpc: 1202, exit: 2 },
  too_many_reactions: { rpc: 1203, exit: 1 },
  undo_too_late: { rpc: 1204, exit: 1 },
  no_service_manager: { rpc: 1410, exit: 1 },
  service_failed: { rpc: 1411, exit: 1 },
  interrupted: { rpc: 1090, exit: 130 },
  query_empty: { rpc: 1300, exit: 2 },
  query_too_long: { rpc: 1301, exit: 2 },
  bad_date: { rpc: 1302, exit: 2 },
} as const satisfies Record<string, CodeInfo>

export type ErrorCode = keyof typeof ERROR_CODES

export class TidingsError extends Error {
  override readonly name = 'TidingsError'
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.code = code
  }
}

export function isTidingsError(error: unknown, code?: ErrorCode): error is TidingsError {
  return error instanceof TidingsError && (code === undefined || error.code === code)
}

/** Any thrown value as a TidingsError; what is not ours already becomes `internal`. */
export function toTidingsError(error: unknown): TidingsError {
  if (error instanceof TidingsError) return error
  const message = error instanceof Error ? error.message : String(error)
  return new TidingsError('internal', message, { cause: error })
}
