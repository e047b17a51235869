// Every bound of the program in one place, each with its reason; those of the protocol, the store,
// connections, discovery, search and talk are in limits-*.ts and come along. Units are last in
// names.
import { RUN_BYTES_MAX } from './limits-protocol.ts'

export * from './limits-discovery.ts'
export * from './limits-front.ts'
export * from './limits-net.ts'
export * from './limits-protocol.ts'
export * from './limits-search.ts'
export * from './limits-store.ts'
export * from './limits-talk.ts'

const KIB = 1024
const MIB = 1024 * KIB
const SECOND = 1000
const MINUTE = 60 * SECOND

/** Byte credit for one Want: eight pages in flight measured best. */
export const WANT_CREDIT_BYTES = 8 * RUN_BYTES_MAX
/** Transfers that one peer may have running at once; a further Want is not heard. */
export const TRANSFERS_PER_PEER_MAX = 64
/** Ranges this node fetches from one peer at the same time. */
export const FETCHES_PER_PEER_MAX = 8
/** Peers that hear at once of an entry that somebody else wrote; many others in their time. */
export const TOLD_AT_ONCE_MAX = 8
/** A fetch without progress for this long is asked from another peer. */
export const FETCH_STALL_MS = 10 * SECOND
/** Progress is so much in that time, or all of it: lines that bring less are hardly ones. */
export const FETCH_PACE_BYTES = 32 * KIB
/** So much may come of something else first: twice a page of all that one peer is asked for. */
export const FETCH_WAIT_BYTES_MAX = 2 * FETCHES_PER_PEER_MAX * RUN_BYTES_MAX
/** A transfer that was granted nothing for this long was given up: its peer asks anew by then. */
export const TRANSFER_IDLE_MAX_MS = 3 * FETCH_STALL_MS
/** Clocks are repeated this often, with a digest, so that no lost frame is lost for long. */
export const CLOCK_INTERVAL_MS = 30 * SECOND
/**
 * Two who do not agree on who writes in a group never come to the same digest, however often all
 * clocks are told: they are asked for less and less often, down to this.
 */
export const MISFIT_WAIT_MAX_MS = 10 * MINUTE
/** While a large group forms, a peer is asked to tell all clocks anew no more often than this. */
export const CLOCKS_WANTED_GAP_MS = 2 * SECOND
/** An author that is connected has this long to push what another peer told of already. */
export const PUSH_WAIT_MS = 2 * SECOND
/**
 * So many sessions in which a peer told of this device's own entries and did not bring them: its
 * word no longer keeps this device from writing. A stall counts as all of them.
 */
export const CLAIMS_UNKEPT_MAX = 3
/** After a failed write nothing is asked for during this long (a full disk gets room back). */
export const WRITE_RETRY_MS = 2 * SECOND
/** Memory that a peer's runs may take while they wait for the disk, before reading pauses. */
export const UNSTORED_BYTES_MAX = 2 * MIB

/** A stranger's session ends after this long: a contact request takes one round trip. */
export const STRANGER_SESSION_MAX_MS = 30 * SECOND
/** Sessions of nodes that are not contacts, at once. */
export const STRANGER_SESSIONS_MAX = 32
/** Of these, from one address: one machine cannot keep every other stranger out. */
export const STRANGER_SESSIONS_PER_ADDRESS_MAX = 16
/**
 * Connections that one contact's node may have here, of which it uses one, and two when both sides
 * dial at once: more are what it has not noticed to be dead.
 */
export const CONTACT_CONNECTIONS_MAX = 8
/** A contact request has arrived by then: who was here so long goes where others find no place. */
export const STRANGER_CHANCE_MS = 5 * SECOND
/** Frames that a stranger may send in one session: Hello, a request, pings, Bye. */
export const STRANGER_FRAMES_MAX = 16
/** Contact requests waiting for an answer; the oldest are kept, further ones refused. */
export const REQUESTS_PENDING_MAX = 128
/** Characters of an invite link: a few nodes with a few addresses each, and still a QR code. */
export const INVITE_CHARS_MAX = 2048
/** Invitations of one person to groups that wait for an answer; further ones are not heard. */
export const GROUP_INVITES_MAX = 32
/** A member that tells nothing of a group for this long may not know the other as one. */
export const GROUP_PROOF_WAIT_MS = 2 * SECOND
/** Groups of which one session may show that its user is in them, beside those that are known. */
export const GROUP_PROOFS_MAX = 64
/** Times in a session that a device is brought what there was when its account left a group. */
export const PARTING_TRIES_MAX = 16
/** Keys of one group that do not follow from each other: only liars make more than one. */
export const GROUP_KEYS_MAX = 4
/** Opened entries that are remembered: several parts look at each that comes, and opening costs. */
export const OPENED_BYTES_MAX = 4 * MIB
/** Devices nearby that are looked for at once since they claim to be of one contact. */
export const CLAIMANTS_MAX = 8
/** The same of a contact whose devices are known: a new one is rare, and mostly dials itself. */
export const CLAIMANTS_OF_KNOWN_MAX = 2
/** Nodes nearby that are asked for open groups, and how long they have to answer. */
export const NEARBY_ASKED_MAX = 64
export const GROUP_ASK_MS = 5 * SECOND
/** New contact requests accepted in one hour, from all strangers together. */
export const REQUESTS_PER_HOUR_MAX = 60
/** One address gets one of so many parts of either: identities are free, addresses less so. */
export const REQUESTS_ADDRESS_PARTS = 4
/** Device lists of one member that a node passes on to a group at once, and one more in so long. */
export const LISTS_PASSED_ON_AT_ONCE = 4
export const LISTS_PASSED_ON_EVERY_MS = 10 * MINUTE
/** Hellos after the first in one session: each may cost a signature check, none is needed often. */
export const HELLOS_PER_SESSION_MAX = 1000
/** Bytes queued for one peer before the sender waits for `drain`. */
export const OUTBOX_BYTES_MAX = 4 * MIB
/** Above this much queued, new entries are announced by Clock instead of being pushed. */
export const PUSH_QUEUE_BYTES_MAX = 512 * KIB

/** Entries gathered into one run, and bytes gathered into one commit, under load. */
export const GROUP_ENTRIES_MAX = 1024
export const GROUP_BYTES_MAX = 512 * KIB
/** Entries in one commit: ordering them holds everything else up, a MiB of tiny ones for 0.6 s. */
export const COMMIT_ENTRIES_MAX = 16_384
/** Runs in one commit: sealing them one by one takes as long, and others wait for it. */
export const COMMIT_RUNS_MAX = 1024
/** What a run takes in memory beside its entries: hash, signature, what holds them (a guess). */
export const RUN_MEMORY_BYTES = 600
/** What an entry takes in memory beside its bytes: as much as thirty of the smallest. */
export const ENTRY_MEMORY_BYTES = 100
/** Messages accepted by `send` that may wait for the disk. */
export const SENDS_PENDING_MAX = 16_384
/**
 * A message waits this long for own entries that only a peer still holds, then it is refused:
 * longer than a peer that only claims to hold them is believed (FETCH_STALL_MS).
 */
export const OWN_LOG_WAIT_MS = 15 * SECOND
/** Going on under a new device key failed (the disk may be full): tried again after this. */
export const RENEWAL_RETRY_MS = 5 * SECOND
/** Pins and unpinned ones that are looked at for those that count, the newest. */
export const PINS_LOOKED_AT_MAX = 256
/** Logical times kept in one record of the order index. */
export const ORDER_CHUNK_ENTRIES = 64
/** Times at which messages disappear, kept in one record. */
export const DEADLINES_PER_RECORD = 64
/** Records of the order index kept in memory. */
export const ORDER_CACHE_CHUNKS = 4096
/** Unsealed runs kept in memory, for pages that several peers ask for. */
export const RUN_CACHE_BYTES = 8 * MIB
/** What one contact may make this node keep, if nothing else is set: years of chat, or a file. */
export const CONTACT_QUOTA_BYTES = 1024 * MIB
/**
 * What a run takes on disk beside its entries: keys, seal, signature, hash, event. Of 2,000
 * messages of one character, each a run, 267 bytes each were left once LevelDB had tidied up.
 */
export const KEPT_RUN_BYTES = 256
/** The same for each entry: its share of the order index and of the filters of search. */
export const KEPT_ENTRY_BYTES = 16
/** And for one that disappears: when, in digits, with its share of the record around it. */
export const KEPT_DEADLINE_BYTES = 20
/**
 * With less room on the disk nothing of others is taken: own messages, and LevelDB when it tidies
 * up, still find some. Of a small disk one of so many parts is enough.
 */
export const DISK_FLOOR_BYTES = 64 * MIB
export const DISK_FLOOR_PARTS = 50
/** After so much that others wrote, how full the disk is is looked at between two ticks too. */
export const DISK_LOOK_BYTES = 4 * MIB
/** Database openings remembered, so that a peer's resume token can be judged. */
export const EPOCHS_MAX = 64

/** One line on the control socket: the longest text, escaped, with its envelope. */
export const RPC_LINE_BYTES_MAX = 1 * MIB
/** One answer on the control socket: HISTORY_LIMIT_MAX of the longest texts, fully escaped. */
export const RPC_REPLY_BYTES_MAX = 256 * MIB
/** Path of the control socket: Unix allows 108 bytes on Linux and 104 elsewhere. */
export const SOCKET_PATH_BYTES_MAX = 100
export const RPC_CLIENTS_MAX = 128
export const RPC_PENDING_PER_CLIENT_MAX = 4096
/** Answers that wait for a client to read them; the next large one is made when it did. */
export const RPC_OUTBOX_BYTES_MAX = 1 * MIB
export const HISTORY_LIMIT_DEFAULT = 50
export const HISTORY_LIMIT_MAX = 1000
/** Entries that one page of an export looks at: 16 MiB of the longest texts. */
export const EXPORT_PAGE_ENTRIES = 500
/** Characters of the place at which an export goes on: some numbers for each of its logs. */
export const EXPORT_CURSOR_CHARS_MAX = 512 * KIB
/** One line of an archive that is imported: the longest message, fully escaped, and a quote. */
export const ARCHIVE_LINE_BYTES_MAX = 512 * KIB
/** Its lines: as many messages as a conversation has in some hundred years. */
export const ARCHIVE_LINES_MAX = 20_000_000
/** Lines kept in one record, unless a single one is larger: what is read to show a page. */
export const ARCHIVE_PAGE_BYTES = 64 * KIB
export const ARCHIVES_MAX = 1024
export const ARCHIVE_MEMBERS_MAX = 2048
export const TAIL_PAGE_EVENTS = 256
/** Clean shutdown: sessions close, writes finish, then the process leaves anyway. */
export const SHUTDOWN_MAX_MS = 10 * SECOND
/** A node that runs answers at once who asks whether it does; one that hangs never does. */
export const NODE_ASK_TIMEOUT_MS = 2 * SECOND
/** The longest that a timer of the runtime can be. */
export const TIMER_MAX_MS = 2_147_483_647
export const WAIT_DEFAULT_MS = 5 * MINUTE
/** Receipts learned within this time share one write. */
export const RECEIPT_WRITE_DELAY_MS = 200
/** How often the sync engine is told the time. */
export const TICK_MS = 1 * SECOND
/** Own logs in groups of which it is kept in memory how far they have come with each member. */
export const PROGRESS_KEPT_MAX = 64
/** Commits whose messages may wait to be described before followers read them from disk instead. */
export const ANNOUNCED_WAITING_MAX = 256
/** Live events that may wait for one follower before it goes back to reading them from disk. */
export const FOLLOW_QUEUE_EVENTS_MAX = 1024
/** How long `contact add` looks for an address that answers. */
export const REACH_TIMEOUT_MS = 10 * SECOND
