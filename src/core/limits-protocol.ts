// The bounds that are part of the protocol: docs/PROTOCOL.md repeats each with its value, and a
// node that moved one would not be understood. Units are last in the names.

const KIB = 1024
const SECOND = 1000
const MIB = 1024 * KIB

/** A session frame, without its length prefix: a page of 128 KiB with room to spare. */
export const FRAME_BYTES_MAX = 256 * KIB
/** Entry bytes in one Run: sealing and hashing cost least per message near 128 KiB. */
export const RUN_BYTES_MAX = 128 * KIB
/** Entries in one Run: bounds the work that one signature can ask for. */
export const RUN_ENTRIES_MAX = 4096
/** One entry: a text of TEXT_BYTES_MAX with its deps, and room for later kinds. */
export const ENTRY_BYTES_MAX = 64 * KIB
/** UTF-8 bytes of one message text: about ten pages of prose. */
export const TEXT_BYTES_MAX = 32 * KIB
/** Deps of one entry: more devices than this never speak between two entries. */
export const DEPS_MAX = 256
/** Highest sequence number, position or logical time: the exact integers. */
export const NUMBER_MAX = Number.MAX_SAFE_INTEGER
/** Wall time of an entry: the year 9999, the last that RFC 3339 can write. */
export const WALL_TIME_MS_MAX = 253_402_300_799_999
/** UTF-8 bytes of a display name: fits a terminal line with room for the text. */
export const NAME_BYTES_MAX = 64
/** UTF-8 bytes of what a group is about: two lines of a terminal. */
export const TOPIC_BYTES_MAX = 256
/** UTF-8 bytes of the note that goes with a contact request. */
export const REQUEST_TEXT_BYTES_MAX = 1 * KIB
/** UTF-8 bytes of the agent string in Hello. */
export const AGENT_BYTES_MAX = 64
/** The code of a Bye and the id of a contact request: a word, or a random id as text. */
export const CODE_CHARS_MAX = 64
/** Addresses in one Hello, and characters of each. */
export const HELLO_ADDRESSES_MAX = 8
export const ADDRESS_CHARS_MAX = 128
/** UTF-8 bytes of the words that close a session. */
export const REASON_BYTES_MAX = 256
/** People mentioned in one message. */
export const MENTIONS_MAX = 64
/** The longest that a message may be shown before it disappears: a year. */
export const EXPIRES_SECONDS_MAX = 31_536_000
/** UTF-8 bytes of a reaction's emoji: the longest families and flags have 35. */
export const EMOJI_BYTES_MAX = 64
/** Edits of one message by one device that are looked at, the newest ones. */
export const EDITS_KEPT_MAX = 64
/** The same of times that a device adds or takes back a reaction. */
export const REACTIONS_KEPT_MAX = 128
/** The same of times that it pins or unpins, and that it deletes. */
export const SWITCHES_KEPT_MAX = 16
/** Emoji of one account on one message: those count that it touched last. */
export const REACTIONS_PER_ACCOUNT_MAX = 32
/** Different emoji that are shown on one message. */
export const REACTION_EMOJI_MAX = 64
/** Pinned messages of a conversation: those that were pinned last. */
export const PINS_MAX = 100
/** Members of one group at once: each is a session with each, and a log of its own. */
export const GROUP_MEMBERS_MAX = 1024
/** Vouchers in one GroupInvite: hops from a new member to one whom everybody knows. */
export const GROUP_VOUCHERS_MAX = 16
/** Devices in one account's device list. */
export const DEVICES_MAX = 64
/** The last epoch of a group's keys: whoever is added after that gets the key of this one. */
export const GROUP_EPOCH_MAX = 65_535
/** Open groups in one Groups frame: more than fit a screen. */
export const GROUPS_PER_FRAME_MAX = 64
/** Conversations named in one Clocks frame; more go into further frames. */
export const CLOCKS_PER_FRAME_MAX = 512
/** Devices named for one conversation in one Clocks frame. */
export const CLOCK_DEVICES_MAX = 2048
/** Conversations that a ClocksWanted names; of more all clocks are asked for. */
export const CLOCKS_WANTED_MAX = 64
/** The most credit that a peer may grant: a larger grant counts as this much. */
export const WANT_CREDIT_BYTES_MAX = 64 * MIB
/** Two sessions this close in age come from both sides dialing at the same moment. */
export const DUPLICATE_WINDOW_MS = 5 * SECOND
/**
 * A contact that is asked to dial back gives up after this long, and says that it failed no sooner:
 * how it failed would tell a stranger's machine behind the same address.
 */
export const DIAL_BACK_MS = 3 * SECOND
