// The bounds of what goes with a conversation beside its messages: counts of what is unread,
// drafts, and who is typing. `limits.ts` has the others. Units are last in the names.

const SECOND = 1000

/** Entries of a log whose kinds one record holds: what a message typed live makes anew. */
export const COUNT_CHUNK_ENTRIES = 256
/** A line that is being typed is kept at most once in this time, and on leaving. */
export const DRAFT_SAVE_MS = 3 * SECOND
/** Of a draft, shown in the list of conversations. */
export const DRAFT_SHOWN_CHARS_MAX = 120
/** Contacts are told at most once in this time that the user goes on typing. */
export const TYPING_TELL_MS = 3 * SECOND
/** Whoever said that they type is taken for it so long: one frame may be late, or lost. */
export const TYPING_EXPIRY_MS = 3 * TYPING_TELL_MS
/** Typing frames heard from one session in TYPING_TELL_MS: twice as many as are told. */
export const TYPING_HEARD_MAX = 4
/** The longest time for which a conversation is muted; longer is "until I say otherwise". */
export const MUTE_MAX_MS = 3650 * 24 * 3600 * SECOND
