// The bounds of connections: what a muxer takes, how nodes are dialed, and how a session finds out
// whether the other side lives. `limits.ts` has the others. Units are last in the names.

const MIB = 1024 * 1024
const SECOND = 1000
const MINUTE = 60 * SECOND

/**
 * Nothing received for this long, and for ANSWER_MAX_MS after a ping, means that the connection is
 * dead. When packets are lost in one direction only, the last that one side hears is the other's
 * ping PING_AFTER_MS later: both together, with a tick for each, let both sides know within 15 s.
 */
export const SILENCE_MAX_MS = 10 * SECOND
/** A ping leaves when nothing was received for this long, of a session that is waited for. */
export const PING_AFTER_MS = 3 * SECOND
/**
 * One that is quiet is asked after this long for each session that there is, if that is longer: an
 * idle node with many sessions sends no more pings than one with ten.
 */
export const PING_SPACING_MS = 300
/** But never later than this. */
export const PING_AFTER_MAX_MS = 60 * SECOND
export const ANSWER_MAX_MS = 5 * SECOND
/**
 * The system asks the other's by itself where a connection was quiet for this long, again after
 * each of these intervals, and gives it up after so many: a network that broke is noticed within
 * 15 s however many sessions there are, also where a ping left just before. A process that stands
 * still is noticed by pings alone.
 */
export const KEEPALIVE_AFTER_MS = 3 * SECOND
export const KEEPALIVE_INTERVAL_MS = 1 * SECOND
export const KEEPALIVE_PROBES = 6
/** Hello must arrive within this time after the stream opens. */
export const HELLO_TIMEOUT_MS = 5 * SECOND
/** Yamux window, and so the bytes buffered for one stream of one peer. */
export const STREAM_WINDOW_BYTES_MAX = 1 * MIB
/** A yamux data frame larger than the window can only be an attack. */
export const MUXER_FRAME_BYTES_MAX = 1 * MIB
/** Pings and streams that a peer may begin on one connection: each is answered. */
export const MUXER_OPENINGS_PER_SECOND_MAX = 100
/** How often a muxer asks how long the way takes, after the first time. */
export const MUXER_PING_INTERVAL_MS = 60 * MINUTE
/** Mostly of contacts, each of which has a bound of its own; what it refuses may be one, too. */
export const CONNECTIONS_MAX = 4096
/** A session is one stream; each further one is up to a window of memory for the peer to fill. */
export const INBOUND_STREAMS_MAX = 4
/** Connections in the midst of their handshake; one more pushes out the oldest of the most. */
export const INBOUND_PENDING_MAX = 256
/** As long as HANDSHAKE_TIMEOUT_MS: whoever only pretends is pushed out sooner (net/gate). */
export const INBOUND_UPGRADE_TIMEOUT_MS = 8 * SECOND
/** New inbound connections a second from one address; a NAT may hide a whole team. */
export const INBOUND_PER_SECOND_MAX = 50
/** Until an address answers at all: a first packet that was lost is sent again after a second. */
export const ADDRESS_DIAL_TIMEOUT_MS = 2 * SECOND
/** From there until it proved who it is: ten packets over a slow line that loses some. */
export const HANDSHAKE_TIMEOUT_MS = 8 * SECOND
export const DIAL_TIMEOUT_MS = 30 * SECOND
export const REDIAL_MIN_MS = 3 * SECOND
export const REDIAL_MAX_MS = 60 * SECOND
/** Where this node is no contact yet: whoever is accepted between two sessions hears it by then. */
export const REDIAL_STRANGER_MAX_MS = 15 * SECOND
/** A device that the network took away is dialed this often, to be back within 5 s of its end, */
export const REDIAL_LOST_MS = 2 * SECOND
/** for this long; an outage that lasts longer is no longer worth a packet every few seconds. */
export const REDIAL_LOST_FOR_MS = 5 * MINUTE
/**
 * Dials under way at once of devices that are heard, and will answer: handshakes are computed, and
 * more at once only make each of them slower, on both sides, until none is done in time.
 */
export const DIALS_NEAR_MAX = 4
/** Of all others, which mostly wait; also of those that were heard and then did not answer. */
export const DIALS_FAR_MAX = 12
/** Instead of DIALS_NEAR_MAX and DIALS_FAR_MAX while this process gets its turns late. */
export const DIALS_STRAINED = { near: 1, far: 4 }
/** How often a node looks whether its turns come in time. */
export const STRAIN_LOOK_MS = 1 * SECOND
/** A turn that comes later shows that the machine, or the node, has too much to do. */
export const STRAIN_LATE_MS = 100
/** So many looks in time have to follow one that was late. */
export const STRAIN_LOOKS = 3
/** Sessions with a device that were lost one soon after the other until people are told. */
export const BREAKS_TOLD = 4
/** So soon: a session over which nothing passes is lost after 15 s, and another dialed at once. */
export const BREAKS_SPAN_MS = 30 * SECOND
/** Addresses kept for one peer, verified first. */
export const ADDRESSES_PER_PEER_MAX = 16
/** How often interfaces are looked at for changes. */
export const INTERFACE_POLL_MS = 1 * SECOND
/** A machine that slept for this long may be on another network. */
export const SLEEP_GAP_MS = 5 * SECOND
/** The next address is tried beside the first after this long without an answer. */
export const DIAL_STAGGER_MS = 250
/** Unless somebody answered at the first, who has this long to prove who they are; once a dial. */
export const DIAL_PATIENCE_MS = 2 * SECOND
/** After a change of network a session must show life within this time. */
export const PROBE_TIMEOUT_MS = 3 * SECOND
/** What peers send is handled this long at a time; then the user, timers and the disk go first. */
export const TURN_MAX_MS = 10
/** So large a message leaves in one piece with its length before it; a larger one fills packets. */
export const JOINED_BYTES_MAX = 8 * 1024
/**
 * What leaves in one piece at first: over a line of 2 kB a second the other side has it sooner than
 * SILENCE_MAX_MS.
 */
export const SLICE_BYTES_MIN = 16 * 1024
/** What leaves in one piece over a quick line: any frame. */
export const SLICE_BYTES_MAX = 256 * 1024
/** A line is quick that takes a window of the muxer in this time, */
export const SLICE_QUICK_MS = 250
/** and slow when it takes longer than this. */
export const SLICE_SLOW_MS = 1 * SECOND
/** A closing session may take this long to send what it still has. */
export const CLOSE_FLUSH_MS = 1 * SECOND
/** How often a session looks at its clock. */
export const SESSION_TICK_MS = 500
/** A look that comes this late means that this process stood still, and not the other side. */
export const STALL_GAP_MS = 2 * SECOND
