// The bounds of search, each with its reason. Units are last in the names.

const KIB = 1024
const SECOND = 1000

/** UTF-8 bytes of what is looked for. */
export const SEARCH_QUERY_BYTES_MAX = 1 * KIB
/** Words and phrases of one search: each is looked for in every message that may hold it. */
export const SEARCH_WORDS_MAX = 32
export const SEARCH_LIMIT_DEFAULT = 20
export const SEARCH_LIMIT_MAX = 1000
/** Searches at once; each holds a page of a log and what it found. */
export const SEARCHES_MAX = 16
/**
 * Entries of a log that share one filter. Of 256, 512 and 1024 this needed the least disk for the
 * least reading, with a hundred thousand lines of English.
 */
export const SEARCH_CHUNK_ENTRIES = 512
/** A filter before it is made as small as its messages allow; many numbers divide it. */
export const SEARCH_FILTER_BYTES_MAX = 60 * KIB
/** A filter may be as large as this whatever little text it is about. */
export const SEARCH_FILTER_SMALL_BYTES = 4 * KIB
/** Newer entries than the filters know are read by each search: so many are worth a new filter. */
export const SEARCH_INDEX_ENTRIES_MIN = 64
/** Filters written in one commit. */
export const SEARCH_INDEX_CHUNKS_MAX = 16
/** Filters read at once: a quarter of a MiB or so. */
export const SEARCH_FILTERS_READ_MAX = 32
/** All searches together hold everything else up for no longer than this at a time. */
export const SEARCH_TURN_MS = 5
/** Filters are made for so long at a time, then the event loop belongs to everybody else. */
export const SEARCH_INDEX_TURN_MS = 4
/** The pause after that, and the one while others have much to do: a fiftieth of the time. */
export const SEARCH_INDEX_PAUSE_MS = 4
export const SEARCH_INDEX_BUSY_PAUSE_MS = 196
/** A pause of which others took more than this was a busy one. */
export const SEARCH_INDEX_BUSY_PERCENT = 50
/** What was written is gathered for so long before filters are made of it. */
export const SEARCH_INDEX_DELAY_MS = 1 * SECOND
/** Filters could not be written (the disk may be full): tried again after this. */
export const SEARCH_INDEX_RETRY_MS = 30 * SECOND
