// The bounds of finding nodes by mDNS, and of finding out why they are not found. `limits.ts` has
// the others. Units are last in the names.

const SECOND = 1000

/** Nodes remembered as nearby. */
export const NEARBY_MAX = 1024
/**
 * mDNS query interval: all answer a question, over IPv4 and IPv6, which are 18 packets a second for
 * 100 nodes. One that was not heard in three intervals is no longer nearby.
 */
export const MDNS_INTERVAL_MS = 11 * SECOND
export const NEARBY_EXPIRY_MS = 37 * SECOND
/** Queries right after an interface came up: a lost packet costs a moment, not an interval. */
export const MDNS_FIRST_QUERIES_MS = [0, 300, 1000]
/** At most one answer in this time on one interface, whatever is asked (RFC 6762, section 6). */
export const MDNS_ANSWER_GAP_MS = 1 * SECOND
/** A socket that failed or went deaf is opened anew after this long. */
export const MDNS_RETRY_MS = 5 * SECOND
/** The first time: a host makes sure for a second that a new IPv6 address is nobody else's. */
export const MDNS_FIRST_RETRY_MS = 1.5 * SECOND
/** Addresses in one mDNS answer: more would not fit an Ethernet frame. */
export const MDNS_ADDRESSES_MAX = 6
/** Places (interface and sender) from which one nearby node's addresses are remembered. */
export const SIGHTINGS_PER_NODE_MAX = 8
/** Interfaces on which discovery runs; a host of containers may have hundreds. */
export const INTERFACES_MAX = 32
/** An account may ask to be dialed back this often: `doctor` itself takes longer. */
export const DIAL_BACK_GAP_MS = 1 * SECOND
/** Dials back under way at once, for all contacts together. */
export const DIAL_BACKS_MAX = 4
/** How long the answer is waited for: the dial, and a slow line. */
export const DIAL_BACK_WAIT_MS = 5 * SECOND
/** Contacts that are asked on one interface: two agree by chance rarely, more tell no more. */
export const DIAL_BACKS_ASKED_MAX = 3
/** Nodes without a session that are tried on one interface. */
export const NODES_TRIED_MAX = 4
/** One try of them: as long as ADDRESS_DIAL_TIMEOUT_MS, and a moment for the handshake. */
export const NODE_TRY_MS = 3 * SECOND
