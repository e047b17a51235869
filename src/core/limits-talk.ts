// The bounds of what goes with a conversation beside its messages: counts of what is unread,
// drafts, who is typing, and how messages are pointed out. `limits.ts` has the others. Units are
// last in the names.

const SECOND = 1000

/** Entries of a log whose kinds one record holds: what a message typed live makes anew. */
export const COUNT_CHUNK_ENTRIES = 256
/** A line that is being typed is kept at most once in this time, and on leaving. */
export const DRAFT_SAVE_MS = 3 * SECOND
/** Of a draft, shown in the list of conversations. */
export const DRAFT_SHOWN_CHARS_MAX = 120
/** All that was read of a conversation is told again after this; else what was read since. */
export const READ_WHOLE_INTERVAL_MS = 60 * SECOND
/** Contacts are told at most once in this time that the user goes on typing. */
export const TYPING_TELL_MS = 3 * SECOND
/** Whoever said that they type is taken for it so long: one frame may be late, or lost. */
export const TYPING_EXPIRY_MS = 3 * TYPING_TELL_MS
/** Typing frames heard from one session in TYPING_TELL_MS: twice as many as are told. */
export const TYPING_HEARD_MAX = 4
/**
 * A message can be undone for so long: time to read what one sent and to type a command, and too
 * little for somebody to rely on it, or to copy the files of the database meanwhile.
 */
export const UNDO_MAX_MS = 30 * SECOND
/** Messages that can be undone, the newest first: nobody undoes more one by one. */
export const UNDO_MESSAGES_MAX = 64
/** The longest time for which a conversation is muted; longer is "until I say otherwise". */
export const MUTE_MAX_MS = 3650 * 24 * 3600 * SECOND
/** Quiet hours of one day: more are no habit of anybody's. */
export const QUIET_RANGES_MAX = 8
/** Entries of a folder that are looked at for what Tab suggests: a key is answered at once. */
export const REPL_FOLDER_ENTRIES_MAX = 5000
/** The bell rings at most once in this time. */
export const ALERT_BELL_GAP_MS = 1 * SECOND
/** Messages that come within this time share one notification of the desktop. */
export const ALERT_GATHER_MS = 1500
/** Between two notifications; what comes meanwhile is in the next. */
export const ALERT_GAP_MS = 5 * SECOND
/** A message written longer ago than this is one that was missed: it is told with the others. */
export const ALERT_RECENT_MS = 2 * 60 * SECOND
/** What was missed is told once nothing of it came for so long. */
export const ALERT_MISSED_GAP_MS = 3 * SECOND
/** Of those whose messages share a notification; of more it is only said that there are more. */
export const ALERT_AUTHORS_MAX = 64
/** The program that shows a notification is ended after this. */
export const ALERT_DESKTOP_TIMEOUT_MS = 5 * SECOND
