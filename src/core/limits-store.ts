// The bounds of the database and of a profile's files, each with its reason. Units are last in the
// names.

const KIB = 1024
const MIB = 1024 * KIB

/** Writes LevelDB gathers before it makes a table: reopening may have to write as much. */
export const WRITE_BUFFER_BYTES = 4 * MIB
/** Of its log: so much is made a table when the database is closed, less is read soon enough. */
export const WRITE_OUT_BYTES_MIN = 1 * MIB
/** Blocks of the database kept in memory. */
export const BLOCK_CACHE_BYTES = 8 * MIB
/**
 * Tables that are open at a time, and their size, the least that LevelDB takes of either (74 less
 * 10 of other files): it maps each into memory, where bytes that were read count as the node's.
 */
export const OPEN_FILES_MAX = 74
export const TABLE_FILE_BYTES = 1 * MIB
/** What is read of tables to check them before opening what was closed well: 0.3 s at most. */
export const TABLE_CHECK_BYTES = 256 * MIB
/** A table has 2 MiB, or a write buffer, and a page of a log: more is none, however named. */
export const TABLE_BYTES_MAX = 64 * MIB
/** Room kept aside so that a database can be reopened on a full disk: a write buffer and change. */
export const RESERVE_BYTES = WRITE_BUFFER_BYTES + 2 * MIB
/** How long the size of a profile's folder is not looked at anew: people ask again and again. */
export const FOLDER_SIZE_KEPT_MS = 5000
/** Files looked at side by side for that: enough for the threads that do it. */
export const FOLDER_LOOKS_MAX = 64
/** Log file size before it is rotated once. */
export const LOG_FILE_BYTES_MAX = 8 * MIB
/** Lines of the log shown when nobody says how many: about two screens. */
export const LOG_LINES_DEFAULT = 50
/** Devices in a clock of a peer or person that is one record; that of more is in parts. */
export const CLOCK_WHOLE_MAX = 64
/** Small records (contacts, settings, clocks of peers) kept in memory. */
export const RECORD_CACHE_RECORDS = 4096
/** Names of logs kept in memory, so that their hash is not made anew for each key and signature. */
export const LOG_NAMES_MAX = 4096
/** Digests of logs kept in memory: those that a message changes, in each conversation with news. */
export const LOG_DIGESTS_MAX = 64
/** UTF-8 bytes of a password: longer than anybody types, short enough to hash at once. */
export const PASSWORD_BYTES_MAX = 1024
/** Argon2 memory that a profile file may ask for: a damaged file must not exhaust the machine. */
export const KDF_MEMORY_KIB_MAX = 1024 * KIB
/** Of a backup's content, sealed at a time: what is held in memory, and lost room is 0.03 %. */
export const BACKUP_CHUNK_BYTES = 64 * KIB
/** One record of a backup: a page of a log with what goes around it, or a proof as text. */
export const BACKUP_RECORD_BYTES_MAX = 1 * MIB
/** A backup's header: a magic word, a wrapped key, a checksum. */
export const BACKUP_HEADER_BYTES_MAX = 4 * KIB
/** Signed device lists that are known to be so: of as many people as a few large groups have. */
export const DEVICE_LISTS_VERIFIED_MAX = 4096
/** Entries that a group with a brief consists of: one of more is read when a node starts. */
export const BRIEF_ENTRIES_MAX = 256
/** Characters of a group's id that say in which page its brief stands: 1,024 pages. */
export const GROUP_PAGE_CHARS = 2
/** Conversations of which a peer told more than is here, as they are kept with what was counted. */
export const COUNTED_LACKED_MAX = 64
